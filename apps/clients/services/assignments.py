"""Who is assigned to a client (R6), each for a time that may begin and end.

An assignment is a path that tokens stand on. A path that was broken never holds again: what comes
later is a new row with a new id (R16).
"""

from datetime import datetime
from typing import TypeVar

from django.db import transaction
from django.utils import timezone

from apps.clients.models import Client, GroupAssignment, UserAssignment
from apps.clients.services.versions import touch
from apps.clients.targets import client_target
from apps.directory.models import Group, Status, User
from apps.directory.rows import Changes, lock, lost, plain, refuse
from apps.directory.targets import group_target, user_target
from apps.systemlog.entries import Actor, Entry
from apps.systemlog.outbox import enqueue
from apps.systemlog.record import record
from authzsite.domain.validation import Invalid, InvalidError

Assignment = TypeVar("Assignment", UserAssignment, GroupAssignment)
BARRED = frozenset({Status.SUSPENDED, Status.DEPROVISIONED})


@transaction.atomic
def assign_user(
    *,
    actor: Actor,
    client: Client,
    user: User,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
) -> UserAssignment:
    """Assign a user directly; an assignment that exists only takes a validity that is given."""
    lock(client)  # two assignments of one user follow each other
    present = UserAssignment.objects.filter(client=client, user=user).first()
    if present is not None:
        if valid_from is None and valid_until is None:
            return present
        return update_user_assignment(
            actor=actor, assignment=present, valid_from=valid_from, valid_until=valid_until
        )
    if lock(user).status in BARRED:
        raise refuse("user", "must not be suspended or deactivated")
    new = UserAssignment(client=client, user=user, valid_from=valid_from, valid_until=valid_until)
    return _add(actor, new)


@transaction.atomic
def assign_group(
    *,
    actor: Actor,
    client: Client,
    group: Group,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
) -> GroupAssignment:
    """Assign a group: all its members, now and later. Everyone is a group too."""
    lock(client)
    present = GroupAssignment.objects.filter(client=client, group=group).first()
    if present is not None:
        if valid_from is None and valid_until is None:
            return present
        return update_group_assignment(
            actor=actor, assignment=present, valid_from=valid_from, valid_until=valid_until
        )
    new = GroupAssignment(
        client=client, group=group, valid_from=valid_from, valid_until=valid_until
    )
    return _add(actor, new)


@transaction.atomic
def unassign_user(*, actor: Actor, client: Client, user: User) -> bool:
    """End a direct assignment and the tokens that stand on it alone; False when there is none."""
    lock(client)
    paths = UserAssignment.objects.select_related("client", "user")  # the log names both
    return _remove(actor, paths.filter(client=client, user=user).first())


@transaction.atomic
def unassign_group(*, actor: Actor, client: Client, group: Group) -> bool:
    """End a group's assignment and the tokens that stand on it alone; False when there is none."""
    lock(client)
    paths = GroupAssignment.objects.select_related("client", "group")  # the log names both
    return _remove(actor, paths.filter(client=client, group=group).first())


@transaction.atomic
def update_user_assignment(
    *,
    actor: Actor,
    assignment: UserAssignment,
    valid_from: datetime | None,
    valid_until: datetime | None,
) -> UserAssignment:
    """Give it another validity, None without end; the result may be a new row (R16)."""
    return _move(actor, assignment, valid_from, valid_until)


@transaction.atomic
def update_group_assignment(
    *,
    actor: Actor,
    assignment: GroupAssignment,
    valid_from: datetime | None,
    valid_until: datetime | None,
) -> GroupAssignment:
    """Give it another validity, None without end; the result may be a new row (R16)."""
    return _move(actor, assignment, valid_from, valid_until)


def is_in_force(row: UserAssignment | GroupAssignment, now: datetime) -> bool:
    """Half-open: from `valid_from` on, and no longer at `valid_until`."""
    return _has_begun(row, now) and (row.valid_until is None or now < row.valid_until)


def _has_begun(row: UserAssignment | GroupAssignment, now: datetime) -> bool:
    return row.valid_from is None or row.valid_from <= now


def _is_over(row: UserAssignment | GroupAssignment, now: datetime) -> bool:
    return row.valid_until is not None and row.valid_until <= now


def _add(actor: Actor, row: Assignment) -> Assignment:
    _check(row)
    row.is_followed = _is_over(row, timezone.now())  # no token can stand on it
    touch(row.client)
    row.save(force_insert=True)
    window: Changes = {
        name: (None, plain(value))
        for name in ("valid_from", "valid_until")
        if (value := getattr(row, name)) is not None
    }
    _record("add", actor, row, window)
    return row


def _remove(actor: Actor, row: UserAssignment | GroupAssignment | None) -> bool:
    if row is None:
        return False
    touch(row.client)
    _record("remove", actor, row, lost(row, ("valid_from", "valid_until")))
    revoke_paths(row, "remove")
    row.delete()
    return True


def _move(
    actor: Actor, row: Assignment, valid_from: datetime | None, valid_until: datetime | None
) -> Assignment:
    lock(row.client)  # two changes of one assignment follow each other
    row.refresh_from_db()
    before, now = (row.valid_from, row.valid_until), timezone.now()
    had_begun, was_in_force = _has_begun(row, now), is_in_force(row, now)
    is_unfollowed = _is_over(row, now) and not row.is_followed
    if before == (valid_from, valid_until):
        return row
    row.valid_from, row.valid_until = valid_from, valid_until
    _check(row)
    touch(row.client)
    stays = is_in_force(row, now)
    if was_in_force and not stays or is_unfollowed:
        revoke_paths(row, "update")
    if had_begun and not (was_in_force and stays):
        row.delete()
        row.pk = None  # a path that was broken never holds again
    row.is_followed = _is_over(row, now)  # nothing stands on what ends as it begins
    row.save()
    pairs = zip(("valid_from", "valid_until"), before, (valid_from, valid_until), strict=True)
    _record("update", actor, row, {n: (plain(b), plain(a)) for n, b, a in pairs if b != a})
    return row


def _check(row: UserAssignment | GroupAssignment) -> None:
    if row.valid_from and row.valid_until and row.valid_from >= row.valid_until:
        raise InvalidError(Invalid("valid_until", "must be after valid_from"))


def _record(
    verb: str, actor: Actor, row: UserAssignment | GroupAssignment, changes: Changes | None = None
) -> None:
    app = client_target(row.client)
    if isinstance(row, UserAssignment):
        targets, family, user_id = (
            (user_target(row.user, changes), app),
            "application.user_membership",
            row.user_id,
        )
    else:
        targets, family, user_id = (
            (group_target(row.group, changes), app),
            "group.application_assignment",
            "",
        )
    record(Entry(f"{family}.{verb}", actor, targets, client_id=row.client_id, user_id=user_id))


def revoke_paths(row: UserAssignment | GroupAssignment, verb: str) -> None:
    """The outbox row; of `paths`, one that ends with a dot stands for all that begin with it."""
    scope: dict[str, object] = {"clients": [row.client_id]}
    if isinstance(row, UserAssignment):
        scope |= {"user": row.user_id, "paths": [f"u{row.pk}"]}
        name, cause = row.user.login, f"application.user_membership.{verb}"
    else:
        path = f"e{row.pk}" if row.group.is_everyone else f"g{row.pk}."
        scope |= {"group": row.group_id, "paths": [path]}
        name, cause = row.group.name, f"group.application_assignment.{verb}"
    enqueue(kind="assignment", object_id=row.client_id, object_name=name, cause=cause, scope=scope)
