"""Second factors: each code once, and their end by an administrator."""

from allauth.mfa.models import Authenticator
from django.db import transaction

from apps.directory.models import User
from apps.directory.targets import user_target
from apps.systemlog.entries import Actor, Entry
from apps.systemlog.record import record

USED_STEP = "used_step"


@transaction.atomic
def use_step(*, authenticator: Authenticator, step: int) -> bool:
    """Use the code of a moment (RFC 6238 §4.2); False if it, or a later one, was used already:
    RFC 6238 §5.2 wants each accepted once, and a row is what all processes share."""
    row = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
    if int(row.data.get(USED_STEP, -1)) >= step:
        return False
    row.data[USED_STEP] = step
    row.save(update_fields=["data"])
    return True


@transaction.atomic
def reset_second_factors(*, actor: Actor, user: User) -> int:
    """Remove every second factor of a user who has lost them; how many there were."""
    found = Authenticator.objects.filter(user_id=user.pk)
    kinds = sorted(found.values_list("type", flat=True))
    found.delete()
    if kinds:
        event = "user.mfa.factor.reset_all"
        record(Entry(event, actor, (user_target(user),), user_id=user.pk, debug={"factors": kinds}))
    return len(kinds)
