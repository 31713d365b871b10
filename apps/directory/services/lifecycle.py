"""A user's statuses and the way from one to another (R7).

Leaving ACTIVE ends every token of the user, for good: the epoch rises then and is never lowered,
so coming back revives nothing (R16).
"""

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.directory.models import Status, User
from apps.directory.rows import Changes, assign, lock, lost, refuse, save
from apps.directory.services.administrators import ensure_superuser_after
from apps.directory.targets import user_target
from apps.systemlog.entries import Actor, Entry, Target
from apps.systemlog.outbox import enqueue
from apps.systemlog.record import record

BEFORE_ACTIVATION = (Status.STAGED, Status.DEPROVISIONED)
BEFORE_REACTIVATION = (Status.PROVISIONED, Status.RECOVERY)
STARTED = (Status.PROVISIONED, Status.ACTIVE)
WITH_PASSWORD = (Status.ACTIVE, Status.PASSWORD_EXPIRED, Status.RECOVERY, Status.LOCKED_OUT)


@transaction.atomic
def activate_user(*, actor: Actor, user: User) -> User:
    """STAGED or DEPROVISIONED: ACTIVE when there is a password, else PROVISIONED."""
    row = _locked(user, BEFORE_ACTIVATION)
    status = Status.ACTIVE if row.has_usable_password() else Status.PROVISIONED
    return move(actor, row, status, event="user.lifecycle.activate")


@transaction.atomic
def reactivate_user(*, actor: Actor, user: User) -> User:
    """PROVISIONED or RECOVERY: start the activation again, without a password."""
    row = _locked(user, BEFORE_REACTIVATION)
    row.set_unusable_password()
    save(row, ("password",), bump=("password_epoch",))
    return move(actor, row, Status.PROVISIONED, event="user.lifecycle.reactivate")


@transaction.atomic
def deactivate_user(*, actor: Actor, user: User) -> User:
    """Any status: DEPROVISIONED, without assignments to clients; twice is once."""
    ensure_superuser_after(without=user)
    row = lock(user)
    if row.status == Status.DEPROVISIONED:
        return row
    _drop_assignments(actor, row)
    return move(
        actor, row, Status.DEPROVISIONED, event="user.lifecycle.deactivate", always_revoke=True
    )


@transaction.atomic
def suspend_user(*, actor: Actor, user: User) -> User:
    """ACTIVE: SUSPENDED, with assignments and groups kept."""
    return _leave(actor, user, Status.SUSPENDED, (Status.ACTIVE,), "user.lifecycle.suspend")


@transaction.atomic
def unsuspend_user(*, actor: Actor, user: User) -> User:
    """SUSPENDED: ACTIVE; earlier tokens stay dead (R16)."""
    row = _locked(user, (Status.SUSPENDED,))
    return move(actor, row, Status.ACTIVE, event="user.lifecycle.unsuspend")


@transaction.atomic
def lock_user(*, actor: Actor, user: User) -> User:
    """ACTIVE: LOCKED_OUT. It ends tokens, so a limiter for wrong passwords must not call it."""
    return _leave(actor, user, Status.LOCKED_OUT, (Status.ACTIVE,), "user.account.lock")


@transaction.atomic
def unlock_user(*, actor: Actor, user: User) -> User:
    """LOCKED_OUT: ACTIVE."""
    row = _locked(user, (Status.LOCKED_OUT,))
    return move(actor, row, Status.ACTIVE, event="user.account.unlock_by_admin")


@transaction.atomic
def reset_password(*, actor: Actor, user: User) -> User:
    """Make the present password useless: RECOVERY until the user has set a new one."""
    ensure_superuser_after(without=user)
    row = _locked(user, (*WITH_PASSWORD, Status.PROVISIONED))
    row.set_unusable_password()
    save(row, ("password",), bump=("password_epoch",))
    return move(actor, row, Status.RECOVERY, event="user.account.reset_password")


@transaction.atomic
def expire_password(*, actor: Actor, user: User) -> User:
    """ACTIVE: PASSWORD_EXPIRED; the password still proves who it is, and must be changed."""
    return _leave(
        actor, user, Status.PASSWORD_EXPIRED, (Status.ACTIVE,), "user.account.expire_password"
    )


@transaction.atomic
def revoke_user_tokens(*, actor: Actor, user: User) -> User:
    """End every token of the user at once (R18); status, password and sessions stay."""
    row = lock(user)
    save(row, (), bump=("epoch",))
    target = user_target(row)
    record(Entry("app.oauth2.as.token.revoke", actor, (target,), user_id=row.pk))
    _revoke(row, "revoked")
    return row


@transaction.atomic
def delete_user(*, actor: Actor, user: User) -> None:
    """Remove the user for good, with memberships and assignments. The id is never used again."""
    ensure_superuser_after(without=user)
    row = lock(user)
    if row.status == Status.ACTIVE:
        _revoke(row, "user.lifecycle.delete.completed")
    target = user_target(row, {"status": (row.status, "DELETED")})
    whole = user_target(row, {**_lost(row), "status": (row.status, "DELETED")})
    record(
        Entry("user.lifecycle.delete.initiated", actor, (target,), user_id=row.pk),
        Entry("user.lifecycle.delete.completed", actor, (whole,), user_id=row.pk),
    )
    row.delete()


def _lost(row: User) -> Changes:
    """What goes with the user, but password and administration, which nobody puts back."""
    clients = row.client_assignments.order_by("pk").values_list("client_id", flat=True)
    groups = row.memberships.order_by("pk").values_list("group_id", flat=True)
    names = ("login", "email", "first_name", "last_name", "profile")
    return lost(row, names, groups=list(groups), clients=list(clients))


def move(
    actor: Actor, row: User, status: Status, *, event: str, always_revoke: bool = False
) -> User:
    """Give a locked user another status. Leaving ACTIVE revokes: epoch and outbox row."""
    is_leaving = row.status == Status.ACTIVE and status != Status.ACTIVE
    values: dict[str, Any] = {"status": status.value, "status_changed": timezone.now()}
    if status in STARTED and row.status in (*BEFORE_ACTIVATION, Status.PROVISIONED):
        values["activated"] = values["status_changed"]
    changes = {"status": assign(row, values).get("status", (row.status, row.status))}
    save(row, values, bump=("epoch",) if is_leaving or always_revoke else ())
    record(Entry(event, actor, (user_target(row, changes),), user_id=row.pk))
    if is_leaving or always_revoke:
        _revoke(row, event)
    return row


def _leave(actor: Actor, user: User, status: Status, allowed: Collection[str], event: str) -> User:
    ensure_superuser_after(without=user)
    return move(actor, _locked(user, allowed), status, event=event)


def _locked(user: User, allowed: Collection[str]) -> User:
    row = lock(user)
    if row.status not in allowed:
        raise refuse("status", f"must be {' or '.join(allowed)}, not {row.status}")
    return row


def _revoke(row: User, cause: str) -> None:
    enqueue(
        kind="user", object_id=row.pk, object_name=row.login, cause=cause, scope={"user": row.pk}
    )


def _drop_assignments(actor: Actor, row: User) -> None:
    """Clients are above this app, so their rows are reached through the relation only."""
    gone = [
        Entry(
            "application.user_membership.remove",
            actor,
            (
                user_target(row),
                Target(one.client.pk, "AppInstance", one.client.client_id, one.client.name),
            ),
            client_id=one.client.pk,
            user_id=row.pk,
        )
        for one in row.client_assignments.select_related("client")
    ]
    if gone:
        row.client_assignments.all().delete()
        record(*gone)
