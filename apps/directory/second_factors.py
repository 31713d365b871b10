"""Who needs a second factor, and whether a session has proved one (row 238).

Fails closed: an administrator of whom it isn't known whether one is needed needs one.
"""

from collections.abc import Mapping
from typing import Any

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db.models import Exists, QuerySet

from apps.directory import sign_ins
from apps.directory.models import User

NEEDED = "staff_need_second_factor"  # of the installation, and of a user who is signed in
PROOFS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def knowing_whether_needed(users: "QuerySet[User]") -> "QuerySet[User]":
    """Read with each user, in the same statement, whether administrators need one."""
    installations = apps.get_model("servers.Installation")._default_manager
    return users.annotate(**{NEEDED: Exists(installations.filter(pk=1, **{NEEDED: True}))})


def is_needed(user: User) -> bool:
    """Whether this user is an administrator who needs one."""
    return user.is_staff and bool(getattr(user, NEEDED, True))


def was_proved(session: Mapping[str, Any], user: User) -> bool:
    """Whether the session has seen a second factor of this user; a recovery code counts as one."""
    if session.get(sign_ins.RECORDS_OF) != user.pk:
        return False
    records = session.get(sign_ins.RECORDS) or ()
    return any(one.get("method") == "mfa" for one in records if isinstance(one, dict))


def is_enrolled(user: User) -> bool:
    """Whether the user has one that can be asked for."""
    return Authenticator.objects.filter(user_id=user.pk, type__in=PROOFS).exists()


def is_last_that_is_needed(authenticator: Authenticator) -> bool:
    """Whether without this one an administrator would be without any."""
    user = knowing_whether_needed(User.objects.filter(pk=authenticator.user_id)).first()
    if user is None or not is_needed(user):
        return False
    others = Authenticator.objects.filter(user_id=user.pk, type__in=PROOFS)
    return not others.exclude(pk=authenticator.pk).exists()
