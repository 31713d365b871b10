"""Whether somebody has shown that they read the address of their account."""

from django.db import transaction

from apps.directory.models import User
from apps.directory.rows import lock, save
from apps.directory.targets import user_target
from apps.systemlog.entries import Actor, Entry
from apps.systemlog.record import record
from authzsite.domain.validation import Invalid, InvalidError


@transaction.atomic
def verify_address(*, actor: Actor, user: User, address: str) -> User:
    """A link that was sent to this address was followed. InvalidError when the account has another
    one by now. Revokes nothing."""
    row = lock(user)
    if row.email != address:
        raise InvalidError(Invalid("email", "has changed meanwhile"))
    if row.verified_email != address:
        changes = {"verified_email": (row.verified_email, address)}
        row.verified_email = address
        save(row, changes)
        target = user_target(row, changes)
        record(Entry("user.account.update_profile", actor, (target,), user_id=row.pk))
    return row
