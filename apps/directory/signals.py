"""Sign-ins and sign-outs in the log, and what the session keeps of them. Every door ends here,
since Django itself sends these signals."""

from typing import Any

from allauth.account.signals import authentication_step_completed
from django.apps import apps
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models.signals import post_init
from django.dispatch import receiver
from django.http import HttpRequest

from apps.directory import sign_ins
from apps.directory.models import Status, User
from apps.directory.sessions import DIGEST_LENGTH, StoredKey, digest_of
from apps.directory.targets import actor_of, user_target
from apps.systemlog.budget import Budget
from apps.systemlog.entries import Actor, Entry
from apps.systemlog.record import record

STARTED, ENDED = "user.session.start", "user.session.end"
FAILURES_PER_MINUTE = 300
STRANGER = Actor("unknown", "User", "unknown", "somebody")
failures = Budget(FAILURES_PER_MINUTE)


@receiver(user_logged_in)
def start(sender: Any, request: HttpRequest, user: User, **rest: Any) -> None:
    """A session begins."""
    sign_ins.begin(request.session)
    debug = {"amr": sign_ins.references(request.session), "sessionId": request.session["sid"]}
    record(Entry(STARTED, actor_of(user), (user_target(user),), user_id=user.pk, debug=debug))


@receiver(authentication_step_completed)
def renew(sender: Any, request: HttpRequest, user: User, **rest: Any) -> None:
    """A proof of somebody who is signed in already (`prompt=login`); the steps of a sign-in itself
    count when it is complete."""
    if request.user.is_authenticated and request.user.pk == user.pk:
        sign_ins.renew(request.session)


def conceal_session_keys() -> None:
    """allauth's list of sessions would send their keys to the database in clear."""
    field: Any = apps.get_model("usersessions.UserSession")._meta.get_field("session_key")
    field.get_prep_value = lambda key: key if len(key) == DIGEST_LENGTH else digest_of(key)


@receiver(post_init, sender="usersessions.UserSession")
def recognise(sender: Any, instance: Any, **rest: Any) -> None:
    """What the list holds are digests, which open no session but can end one."""
    if len(instance.session_key) == DIGEST_LENGTH:
        instance.session_key = StoredKey(instance.session_key)


@receiver(user_login_failed)
def fail(sender: Any, credentials: dict[str, Any], **rest: Any) -> None:
    """A failed sign-in. What was typed isn't logged: it may be a password. One row either way, so
    that the time tells nobody whether the account exists."""
    user = User.objects.filter(login=str(credentials.get("username", ""))).first()
    if not failures.take():
        return
    if user is None:
        record(Entry(STARTED, STRANGER, outcome="FAILURE", reason="INVALID_CREDENTIALS"))
        return
    targets = (user_target(user),)
    reason = _reason(user)
    record(Entry(STARTED, STRANGER, targets, "FAILURE", reason, user_id=user.pk))


def _reason(user: User) -> str:
    """Why, for the administrator: an account that isn't ACTIVE is refused whatever the password."""
    return "INVALID_CREDENTIALS" if user.status == Status.ACTIVE else str(user.status)


def wait(user: User) -> None:
    """A sign-in that the password alone didn't finish: the mail's link comes first (R24)."""
    reason = "EMAIL_NOT_VERIFIED"
    record(Entry(STARTED, actor_of(user), (user_target(user),), "FAILURE", reason, user_id=user.pk))


@receiver(user_logged_out)
def end(sender: Any, request: HttpRequest, user: User | None, **rest: Any) -> None:
    """A session ends by its owner's wish."""
    if user is None:
        return
    debug = {"sessionId": request.session.get(sign_ins.SESSION_ID)}
    record(Entry(ENDED, actor_of(user), (user_target(user),), user_id=user.pk, debug=debug))
