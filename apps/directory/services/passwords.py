"""Passwords: hashed with argon2id by Django; a new one raises `password_epoch` (R15)."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import connection, transaction
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


@transaction.atomic
def renew_hash(*, user: User, password: str) -> None:
    """The same password under the present hasher, at a sign-in: nothing that R15 knows.

    Void when the password was changed since it was read. On PostgreSQL the guard of passwords is
    told, for these statements only.
    """
    before = user.password
    user.set_password(password)
    user._password = None  # type: ignore[attr-defined]  # Django's mark of a changed password
    with same_password(user):
        renewed = User.objects.filter(pk=user.pk, password=before).update(password=user.password)
    if not renewed:
        user.refresh_from_db(fields=["password"])


@contextmanager
def same_password(user: User) -> Iterator[None]:
    """Until the end of the block, another hash of this user is another spelling of the same."""
    _say_same(user.pk)
    yield
    _say_same("")


def _say_same(user_id: str) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            setting = "authzsite.same_password"
            cursor.execute("SELECT set_config(%s, %s, true)", [setting, user_id])


def check_password(password: str, user: User) -> None:
    """Refuse a password that is too short, too long, too common or too like its user."""
    if len(password) > limits.PASSWORD_LENGTH[1]:
        raise InvalidError(Invalid("password", "is too long", limits.PASSWORD_LENGTH))
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidError(*(Invalid("password", text) for text in error.messages)) from error
