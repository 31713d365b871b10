"""Passwords: hashed with argon2id by Django; a new one raises `password_epoch` (R15)."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from apps.directory.models import Status, User
from apps.directory.rows import lock, refuse, save
from apps.directory.services.lifecycle import move
from apps.directory.targets import user_target
from apps.systemlog.entries import Actor, Entry
from apps.systemlog.outbox import enqueue
from apps.systemlog.record import record
from authzsite.domain import limits
from authzsite.domain.validation import Invalid, InvalidError

# Statuses that end when the user has a password again (R7).
WAITING = frozenset({Status.PROVISIONED, Status.RECOVERY, Status.PASSWORD_EXPIRED})


@transaction.atomic
def set_password(*, actor: Actor, user: User, password: str) -> User:
    """Set a password. Servers that revoke on a changed one compare `password_epoch` (R15)."""
    row = lock(user)
    if row.status == Status.DEPROVISIONED:
        raise refuse("status", "must not be DEPROVISIONED")
    check_password(password, row)
    row.set_password(password)
    row.password_changed = timezone.now()
    save(row, ("password", "password_changed"), bump=("password_epoch",))
    record(Entry("user.account.update_password", actor, (user_target(row),), user_id=row.pk))
    enqueue(
        kind="user",
        object_id=row.pk,
        object_name=row.login,
        cause="user.account.update_password",
        scope={"user": row.pk, "password_epoch": row.password_epoch},
    )
    if row.status in WAITING:
        return move(actor, row, Status.ACTIVE, event="user.lifecycle.activate")
    return row


def check_password(password: str, user: User) -> None:
    """Refuse a password that is too short, too long, too common or too like its user."""
    if len(password) > limits.PASSWORD_LENGTH[1]:
        raise InvalidError(Invalid("password", "is too long", limits.PASSWORD_LENGTH))
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidError(*(Invalid("password", text) for text in error.messages)) from error
