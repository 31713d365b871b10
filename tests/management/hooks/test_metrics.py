"""What Prometheus is told of deliveries."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families as families

from apps.management.hooks.models import EventDelivery
from apps.management.metrics import collect_deliveries

pytestmark = pytest.mark.django_db
PREFIX = "authzsite_event_hook_deliveries_"
STATEMENTS = 2


def make_delivery(state: str, *, seconds: float = 0) -> None:
    """A delivery of an event `seconds` ago."""
    number, now = EventDelivery.objects.count(), timezone.now()
    EventDelivery.objects.create(
        id=f"msg_{number}",
        hook_id="who",
        event_id=number,
        event_uuid=str(number),
        event_type="app.oauth2.as.token.revoke",
        state=state,
        next_attempt=now,
        created=now - timedelta(seconds=seconds),
        queued=now,
    )


def numbers() -> dict[str, float]:
    text = Browser().get("/metrics").content.decode()
    samples = (one for family in families(text) for one in family.samples)
    return {s.name.removeprefix(PREFIX): s.value for s in samples if s.name.startswith(PREFIX)}


def test_deliveries_that_wait_and_that_were_given_up_are_told() -> None:
    assert numbers() == {"pending": 0, "dead": 0, "oldest_pending_age_seconds": 0}
    for state, seconds in (("PENDING", 300), ("PENDING", 10), ("DEAD", 9_000), ("DELIVERED", 1)):
        make_delivery(state, seconds=seconds)
    found = numbers()
    assert (found["pending"], found["dead"]) == (2, 1)
    assert found["oldest_pending_age_seconds"] == pytest.approx(300, abs=60)


def test_a_scrape_takes_two_statements_and_counts_up_to_a_limit() -> None:
    make_delivery("PENDING")
    with CaptureQueriesContext(connection) as captured:
        assert len(list(collect_deliveries(timezone.now()))) == 3
    assert len(captured) == STATEMENTS
    assert [q["sql"] for q in captured if "LIMIT" not in q["sql"]] == []
