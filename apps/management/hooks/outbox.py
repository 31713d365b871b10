"""The outbox as rows: what is due, who has claimed it, what became of it, what can go.

A claim is one conditional UPDATE, so two workers never hold the same delivery; it runs out by
itself when its worker dies, and the delivery goes out again under the same id (row 302).
"""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from apps.management.hooks.log import log_delivery
from apps.management.hooks.models import EventDelivery, EventHook
from apps.management.hooks.schedule import (
    CLAIM,
    DEAD_KEPT,
    DELIVERED_KEPT,
    GIVE_UP_AFTER,
    Outcome,
    breaker_pause,
    pause_after,
)
from apps.systemlog.entries import SYSTEM
from authzsite.domain.limits import SWEEP_BATCH_ROWS

State = EventDelivery.State
CANDIDATES: Final = 5  # others may claim the first ones meanwhile
SUCCESS_GRAIN: Final = timedelta(minutes=1)
OVERDUE: Final = "not delivered in time"
LOST: Final = "the event is no longer in the log"


def waiting_hooks(now: datetime) -> list[EventHook]:
    """The hooks that something can be sent to now, with their secrets."""
    due = _due(now).filter(hook=OuterRef("pk"))
    hooks = EventHook.objects.filter(
        Q(opened_until=None) | Q(opened_until__lte=now),
        Exists(due),
        status=EventHook.Status.ACTIVE,
        verification=EventHook.Verification.VERIFIED,
    )
    return list(hooks.order_by("pk").prefetch_related("secrets"))


def claim(hook: EventHook, now: datetime) -> EventDelivery | None:
    """The hook's next due delivery, ours for as long as a claim lasts; None when there is none."""
    due = _due(now).filter(hook=hook)
    for pk in due.order_by("next_attempt").values_list("pk", flat=True)[:CANDIDATES]:
        mine = {"claimed_until": now + CLAIM, "last_attempt": now, "attempts": F("attempts") + 1}
        if due.filter(pk=pk).update(**mine):
            delivery = EventDelivery.objects.get(pk=pk)
            delivery.hook = hook
            return delivery
    return None


def _due(now: datetime) -> QuerySet[EventDelivery]:
    unclaimed = Q(claimed_until=None) | Q(claimed_until__lte=now)
    return EventDelivery.objects.filter(unclaimed, state=State.PENDING, next_attempt__lte=now)


@transaction.atomic
def settle(delivery: EventDelivery, outcome: Outcome, now: datetime) -> None:
    """Write down how an attempt of a claimed delivery ended."""
    if outcome.is_delivered:
        _delivered(delivery, outcome, now)
    else:
        _failed(delivery, outcome, now)


def _delivered(delivery: EventDelivery, outcome: Outcome, now: datetime) -> None:
    """Whoever else has claimed it meanwhile: the receiver has it."""
    EventDelivery.objects.filter(pk=delivery.pk, state=State.PENDING).update(
        state=State.DELIVERED,
        settled=now,
        claimed_until=None,
        last_status=outcome.status,
        last_error="",
    )
    stale = Q(failures__gt=0) | Q(last_success=None) | Q(last_success__lte=now - SUCCESS_GRAIN)
    EventHook.objects.filter(stale, pk=delivery.hook_id).update(
        failures=0, opened_until=None, last_success=now
    )


def _failed(delivery: EventDelivery, outcome: Outcome, now: datetime) -> None:
    """Only if it is still ours: who has claimed it since counts for itself."""
    pause = pause_after(delivery.attempts, outcome)
    fields = {"claimed_until": None, "last_status": outcome.status, "last_error": outcome.words}
    mine = EventDelivery.objects.filter(
        pk=delivery.pk, state=State.PENDING, attempts=delivery.attempts
    )
    if pause is not None:
        mine.update(next_attempt=now + pause, **fields)
    elif mine.update(state=State.DEAD, settled=now, **fields):
        delivery.last_status = outcome.status
        log_delivery(SYSTEM, delivery, "FAILURE", reason=outcome.words)
    _count_failure(delivery.hook_id, now)


def _count_failure(hook_id: str, now: datetime) -> None:
    """One more in a row; enough of them, and the hook is left in peace for a while."""
    hook = EventHook.objects.filter(pk=hook_id)
    hook.update(failures=F("failures") + 1, last_failure=now)
    failures = hook.values_list("failures", flat=True).first()
    pause = breaker_pause(failures or 0)
    if pause is not None:
        hook.update(opened_until=now + pause)


@transaction.atomic
def bury(delivery: EventDelivery, words: str, now: datetime) -> None:
    """Give a pending delivery up without another attempt."""
    mine = EventDelivery.objects.filter(pk=delivery.pk, state=State.PENDING)
    if mine.update(state=State.DEAD, settled=now, claimed_until=None, last_error=words):
        log_delivery(SYSTEM, delivery, "FAILURE", reason=words)


def overdue(now: datetime, batch: int = SWEEP_BATCH_ROWS) -> list[EventDelivery]:
    """Deliveries that have waited too long for receiver or verification, oldest first."""
    end = now - GIVE_UP_AFTER
    rows = EventDelivery.objects.filter(state=State.PENDING, created__lte=end, queued__lte=end)
    hooks = Exists(EventHook.objects.filter(pk=OuterRef("hook_id")))
    return list(rows.filter(hooks).select_related("hook").order_by("created")[:batch])


def forget_settled(now: datetime, batch: int = SWEEP_BATCH_ROWS) -> int:
    """Delete one batch of each kind of row that nobody will ask for again; how many it was."""
    old = ((State.DELIVERED, now - DELIVERED_KEPT), (State.DEAD, now - DEAD_KEPT))
    return sum(
        _delete(
            EventDelivery.objects.filter(state=state, created__lte=end, settled__lte=end), batch
        )
        for state, end in old
    )


def forget_orphans(batch: int = SWEEP_BATCH_ROWS) -> int:
    """Delete one batch of what deleted hooks have left behind; how many it was."""
    gone = [pk for pk in _hook_ids() if not EventHook.objects.filter(pk=pk).exists()]
    return sum(_delete(EventDelivery.objects.filter(hook_id=pk), batch) for pk in gone)


def _hook_ids() -> list[str]:
    """The hooks that deliveries name: one look into the index for each."""
    found: list[str] = []
    while True:
        rows = EventDelivery.objects.filter(hook_id__gt=found[-1] if found else "")
        following = rows.order_by("hook_id").values_list("hook_id", flat=True).first()
        if following is None:
            return found
        found.append(following)


def _delete(rows: QuerySet[EventDelivery], batch: int) -> int:
    oldest = rows.order_by("created").values("pk")[:batch]
    return EventDelivery.objects.filter(pk__in=oldest).delete()[0]
