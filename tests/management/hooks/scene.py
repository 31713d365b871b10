"""A hook, its receiver, and runs of the worker at any time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from apps.management.hooks.delivery import deliver_due
from apps.management.hooks.events import ELIGIBLE, REVOKE
from apps.management.hooks.models import EventDelivery, EventHook
from apps.management.hooks.services import create_event_hook
from apps.systemlog.entries import SYSTEM, Entry, Target
from apps.systemlog.models import LogEvent
from apps.systemlog.record import row_of
from tests.factories import TESTER
from tests.oauth.client_authentication.tls_server import Asked

START = datetime(2030, 1, 1, 12, tzinfo=UTC)
NOWHERE = "https://93.184.216.34/hook"


def make_hook(
    url: str = NOWHERE, *, name: str = "Gateway", is_verified: bool = True, **fields: Any
) -> tuple[EventHook, str]:
    """A hook for all types, and its signing secret."""
    given = {"event_types": ELIGIBLE, **fields}
    hook, secret = create_event_hook(actor=TESTER, name=name, url=url, **given)
    if is_verified:
        hook.verification = EventHook.Verification.VERIFIED
        hook.save()
    return hook, secret


def happen(*, at: datetime = START, event_type: str = REVOKE, **fields: Any) -> LogEvent:
    """An event of the log; the trigger does the rest."""
    entry = Entry(event_type, SYSTEM, (Target("oarOne", "refresh_token"),), **fields)
    return LogEvent.objects.create(**row_of(entry, now=at))


@dataclass
class Worker:
    """Runs of the job, without its lease."""

    now: datetime = START
    rows: list[tuple[str, int]] = field(default_factory=list)
    is_tired: Callable[[], bool] = lambda: False

    def run(self) -> bool:
        """Deliver what is due now."""
        return deliver_due(self, lambda: self.now)

    def later(self, **delta: float) -> None:
        """Move the time on, and run."""
        self.now += timedelta(**delta)
        self.run()

    def report(self, *, rows: int = 0, table: str = "") -> None:
        self.rows.append((table, rows))

    def is_over_time(self) -> bool:
        return self.is_tired()


def states() -> dict[str, str]:
    """The deliveries' states by id."""
    return dict(EventDelivery.objects.values_list("pk", "state"))


def only() -> EventDelivery:
    """The one delivery there is."""
    return EventDelivery.objects.get()


def status(number: int) -> Callable[[Asked], None]:
    """A receiver that always answers this, and leads elsewhere."""

    def page(request: Asked) -> None:
        request.wfile.write(f"HTTP/1.1 {number} X\r\nLocation: /other\r\n\r\nsecret".encode())

    return page
