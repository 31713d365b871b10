"""What ends with a browser session: the grants that were for its length only (row 161).

`offline_access` is the user's word that the client may go on without them.

A grant may be under way while its session ends. Whoever ends the session deletes its row first and
then looks for grants; whoever grants writes the grant first and then looks for the row, waiting for
a deletion that hasn't committed. So one of the two sees the other.
"""

from datetime import datetime
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth.signals import user_logged_out
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet, TextField, Value
from django.db.models.functions import Concat
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from apps.directory import sign_ins
from apps.directory.models import User
from apps.directory.services.sessions import every_session_ended
from apps.directory.sessions import SessionStore, StoredKey
from apps.directory.targets import actor_of, user_target
from apps.systemlog.entries import Actor, Entry, Target
from apps.systemlog.record import record
from apps.tokens import clock
from apps.tokens.administration import WITH_SESSION
from apps.tokens.models import Grant
from authzsite.domain.vocabulary import OFFLINE_ACCESS

BY_LOGOUT = "user.session.end"


@receiver(every_session_ended)
def end_with_all(sender: Any, actor: Actor, user: User, **rest: Any) -> None:
    """Whoever ends all sessions of a user, and wherever: the grants that were for the length of one
    end with them."""
    begun = Grant.objects.filter(user_id=user.pk, revoked_at=None).exclude(session_id="")
    _end_online(begun, actor, user, clock.now())


@transaction.atomic
def end_one_session(*, actor: Actor, user: User, key: str, now: datetime) -> bool:
    """Sign the user out of one browser, known by the digest of its session's key, and revoke the
    grants that were for its length. False when there was no such session of this user."""
    shown = UserSession.objects.filter(user_id=user.pk, session_key=StoredKey(key))
    if not shown.delete()[0]:
        return False
    row = Session.objects.select_for_update(no_key=True).filter(pk=key).first()
    session_id = SessionStore().decode(row.session_data).get(sign_ins.SESSION_ID) if row else None
    if row is not None:
        row.delete()
    if session_id:
        end_session_grants(user=user, session_id=session_id, now=now)
    debug = {"sessionId": session_id}
    record(Entry(BY_LOGOUT, actor, (user_target(user),), user_id=user.pk, debug=debug))
    return True


@transaction.atomic
def end_session_grants(*, user: User, session_id: str, now: datetime) -> int:
    """Revoke the session's grants without `offline_access`; how many there were, in one event."""
    grants = Grant.objects.filter(user_id=user.pk, session_id=session_id, revoked_at=None)
    return _end_online(grants, actor_of(user), user, now)


def _end_online(grants: "QuerySet[Grant]", actor: Actor, user: User, now: datetime) -> int:
    spaced = Concat(Value(" "), "scopes", Value(" "), output_field=TextField())
    online = grants.annotate(spaced=spaced).exclude(spaced__contains=f" {OFFLINE_ACCESS} ")
    count = online.update(revoked_at=now, revoked_by=BY_LOGOUT)
    if count:
        target = Target(user.pk, "User", user.login, user.display_name, {"TokenCount": count})
        record(Entry(WITH_SESSION, actor, (target,), reason=BY_LOGOUT, user_id=user.pk))
    return count


def is_open(session_key: str) -> bool:
    """Whether the session of this key (as the database has it) is still there; to be asked after
    the grant was written."""
    with transaction.atomic():
        rows = Session.objects.select_for_update(no_key=True).filter(pk=session_key)
        return bool(rows.values_list("pk"))


@receiver(user_logged_out)
@transaction.atomic
def end_with_session(sender: Any, request: HttpRequest, user: User | None, **rest: Any) -> None:
    """Whichever way somebody signs out."""
    session_id = request.session.get(sign_ins.SESSION_ID)
    if user is not None and session_id:
        request.session.delete()
        end_session_grants(user=user, session_id=session_id, now=timezone.now())
