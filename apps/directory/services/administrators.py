"""Administrators: who may read the console, who may change everything, the last who may (R23)."""

from typing import Any, Final

from django.db import transaction

from apps.directory.models import Status, User
from apps.directory.rows import assign, lock, refuse, save
from apps.directory.targets import user_target
from apps.systemlog.entries import Actor, Entry
from apps.systemlog.record import record

LAST_SUPERUSER: Final = "is the last active superuser's"


@transaction.atomic
def set_administrator(
    *,
    actor: Actor,
    user: User,
    is_staff: bool,
    is_superuser: bool = False,
    is_help_desk: bool = False,
) -> User:
    """Grant or take administration; the last active superuser keeps it (R23)."""
    if not is_superuser:
        ensure_superuser_after(without=user)
    row = lock(user)
    flags = privileges(is_staff=is_staff, is_superuser=is_superuser, is_help_desk=is_help_desk)
    changes = assign(row, flags)
    if not changes:
        return row
    save(row, changes)
    verb = "grant" if any(after for _, after in changes.values()) else "revoke"
    record(
        Entry(f"user.account.privilege.{verb}", actor, (user_target(row, changes),), user_id=row.pk)
    )
    return row


def revoke_administrator(*, actor: Actor, user: User) -> User:
    """Take all administration from a user."""
    return set_administrator(actor=actor, user=user, is_staff=False, is_superuser=False)


def privileges(*, is_staff: bool, is_superuser: bool, is_help_desk: bool = False) -> dict[str, Any]:
    """The flags of a role; who may change everything or help people may also read everything."""
    return {
        "is_staff": is_staff or is_superuser or is_help_desk,
        "is_superuser": is_superuser,
        "is_help_desk": is_help_desk and not is_superuser,
    }


def ensure_superuser_after(*, without: User) -> None:
    """Refuse a change that takes the last active superuser (R23).

    Locks all of them in the order of their ids, before any other row, so that of two such changes
    at once the second sees the first.
    """
    active = User.objects.filter(is_superuser=True, is_staff=True, status=Status.ACTIVE)
    ids = list(active.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    if ids == [without.pk]:
        raise refuse("is_superuser", LAST_SUPERUSER)
