"""Deliveries that were given up: to be delivered again, or dropped, by an administrator."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from apps.directory.rows import lock, refuse
from apps.management.hooks.log import log_delivery
from apps.management.hooks.models import EventDelivery
from apps.systemlog.entries import Actor
from apps.systemlog.jobs import want

DELIVER_JOB = "deliver-events"


@transaction.atomic
def retry_delivery(*, actor: Actor, delivery: EventDelivery, now: datetime | None = None) -> None:
    """Queue a delivery that was given up once more, with all attempts before it, under the same
    id: a receiver that had it after all can tell."""
    row = _dead(delivery)
    at = now or timezone.now()
    EventDelivery.objects.filter(pk=row.pk).update(
        state=EventDelivery.State.PENDING,
        attempts=0,
        next_attempt=at,
        queued=at,
        settled=None,
        claimed_until=None,
    )
    log_delivery(actor, row, "SCHEDULED", verb="again")
    want(DELIVER_JOB)


@transaction.atomic
def drop_delivery(*, actor: Actor, delivery: EventDelivery) -> None:
    """Forget a delivery that was given up; the receiver never hears of its event."""
    row = _dead(delivery)
    log_delivery(actor, row, "ABANDONED", verb="dropped")
    row.delete()


def _dead(delivery: EventDelivery) -> EventDelivery:
    row = lock(delivery)
    if row.state != EventDelivery.State.DEAD:
        raise refuse("state", "must be that of a delivery that was given up")
    return row
