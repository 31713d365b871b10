"""Carrying out the outbox: several deliveries at once, each in a lane of its own.

This thread alone talks to the database: it claims, renders and signs, and writes down what became
of it. The lanes only talk to receivers, so no transaction is open and no lock is held meanwhile.
"""

import logging
from collections import Counter
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime
from typing import Final, Protocol
from urllib.parse import urlsplit

from apps.directory.sealing import Unopenable
from apps.management.hooks import outbox
from apps.management.hooks.envelope import Message, event_of, message_of
from apps.management.hooks.models import EventDelivery, EventHook
from apps.management.hooks.schedule import BREAKER_FAILURES, LANES, LANES_PER_HOST, Outcome
from apps.oauth.outbound import OutboundError, post_json

logger = logging.getLogger(__name__)
UNREACHED: Final = Outcome(error="could not be reached")
UNSIGNED: Final = Outcome(error="could not be signed")
Clock = Callable[[], datetime]


class Report(Protocol):
    """What a run of a periodic job offers: `apps.systemlog.jobs.Progress`."""

    def report(self, *, rows: int = 0, table: str = "") -> None:
        """Count, and go on holding the lease."""

    def is_over_time(self) -> bool:
        """Whether to make room for others."""


def deliver_due(progress: Report, clock: Clock) -> bool:
    """Deliver what is due until nothing is, or the run is over time: True then."""
    _bury_overdue(progress, clock())
    with ThreadPoolExecutor(LANES, thread_name_prefix="deliver") as pool:
        run = _Run(pool, progress, clock)
        while run.go_on():
            pass
    return progress.is_over_time()


def send(message: Message) -> Outcome:
    """One attempt, in its lane. Never raises: what isn't an answer is an outcome, too."""
    try:
        answer = post_json(message.url, message.body, headers=message.headers)
    except OutboundError:
        return UNREACHED
    return Outcome(answer.status, answer.retry_after)


class _Run:
    """The deliveries under way."""

    def __init__(self, pool: ThreadPoolExecutor, progress: Report, clock: Clock) -> None:
        self.pool, self.progress, self.clock = pool, progress, clock
        self.busy: dict[Future[Outcome], EventDelivery] = {}

    def go_on(self) -> bool:
        """Fill the lanes, wait for one to end, write it down. False when there is nothing to do."""
        taken = 0 if self.progress.is_over_time() else self._fill()
        if not self.busy:
            return taken > 0
        ended, _ = wait(self.busy, return_when=FIRST_COMPLETED)
        for future in ended:
            delivery = self.busy.pop(future)
            self._settle(delivery, future.result())
        return True

    def _fill(self) -> int:
        """Claim and start what there is room for; how many were claimed."""
        now, taken = self.clock(), 0
        for hook in outbox.waiting_hooks(now):
            while self._has_room(hook):
                delivery = outbox.claim(hook, now)
                if delivery is None:
                    break
                taken += 1
                if not self._start(delivery, now):
                    break  # the hook's next one may fare no better: look again first
        return taken

    def _has_room(self, hook: EventHook) -> bool:
        """Two for a host at most, one for a hook that has failed and is being tried again."""
        hosts = Counter(_host(one.hook) for one in self.busy.values())
        of_hook = sum(one.hook_id == hook.pk for one in self.busy.values())
        is_probe = hook.failures >= BREAKER_FAILURES
        return (
            len(self.busy) < LANES
            and hosts[_host(hook)] < LANES_PER_HOST
            and not (is_probe and of_hook)
        )

    def _start(self, delivery: EventDelivery, now: datetime) -> bool:
        """Whether it is under way."""
        event = event_of(delivery)
        if event is None:
            outbox.bury(delivery, outbox.LOST, now)
            return False
        try:
            message = message_of(delivery, event, now)
        except Unopenable:
            logger.error("a secret can't be opened", extra={"hook": delivery.hook_id})
            outbox.settle(delivery, UNSIGNED, now)
            return False
        self.busy[self.pool.submit(send, message)] = delivery
        return True

    def _settle(self, delivery: EventDelivery, outcome: Outcome) -> None:
        outbox.settle(delivery, outcome, self.clock())
        logger.info(
            "event delivery",
            extra={
                "hook": delivery.hook_id,
                "webhook_id": delivery.pk,
                "attempt": delivery.attempts,
                "result": "delivered" if outcome.is_delivered else outcome.words,
            },
        )
        table = "delivered" if outcome.is_delivered else "failed"
        self.progress.report(rows=1, table=table)


def _host(hook: EventHook) -> str:
    return urlsplit(hook.url).netloc.rpartition("@")[2].lower()


def _bury_overdue(progress: Report, now: datetime) -> None:
    rows = outbox.overdue(now)
    for delivery in rows:
        outbox.bury(delivery, outbox.OVERDUE, now)
    if rows:
        progress.report(rows=len(rows), table="givenUp")
