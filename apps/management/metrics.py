"""What Prometheus is told of event hooks: deliveries that wait, and those that were given up."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, Min
from prometheus_client.core import Metric

from apps.management.hooks.models import EventDelivery
from apps.systemlog.job_states import COUNT_LIMIT
from apps.systemlog.metrics import gauge, register

UPTO = f"counted up to {COUNT_LIMIT:,}"


@register
def collect_deliveries(now: datetime) -> Iterator[Metric]:
    """Of all hooks together. Two statements over the index of states."""
    waiting, oldest = _in_state(EventDelivery.State.PENDING)
    dead, _ = _in_state(EventDelivery.State.DEAD)
    age = (now - oldest).total_seconds() if oldest else 0
    prefix = "authzsite_event_hook_deliveries"
    yield gauge(f"{prefix}_pending", f"Deliveries that wait for an attempt, {UPTO}.", waiting)
    yield gauge(f"{prefix}_oldest_pending_age_seconds", "Of the oldest; 0 for none.", age)
    yield gauge(f"{prefix}_dead", f"Deliveries that were given up and are kept, {UPTO}.", dead)


def _in_state(state: str) -> tuple[int, datetime | None]:
    """How many, and since when the oldest."""
    rows = EventDelivery.objects.filter(state=state).order_by("created")
    found = rows.values("pk", "created")[:COUNT_LIMIT]
    numbers = found.aggregate(number=Count("pk"), oldest=Min("created"))
    return numbers["number"], numbers["oldest"]
