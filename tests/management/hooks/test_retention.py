"""What nobody will ask for again leaves, in bounded batches, and nothing else does."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.management.hooks import outbox
from apps.management.hooks.models import EventDelivery
from apps.management.hooks.retention import forget_deliveries
from apps.management.hooks.services import delete_event_hook
from apps.management.tasks import forget_deliveries as forget_task
from apps.systemlog.models import PeriodicJob
from tests.factories import TESTER
from tests.management.hooks.scene import START, Worker, happen, make_hook

pytestmark = pytest.mark.django_db


def settled(state: str, days: int) -> str:
    """A delivery that was settled so long ago; its id."""
    at = START - timedelta(days=days)
    event = happen(at=at)
    rows = EventDelivery.objects.filter(event_uuid=event.uuid)
    rows.update(state=state, settled=at if state != "PENDING" else None)
    return str(rows.get().pk)


def forget() -> set[str]:
    """The ids that are left."""
    forget_deliveries(Worker(), START)  # type: ignore[arg-type]
    return set(EventDelivery.objects.values_list("pk", flat=True))


def test_delivered_rows_stay_a_week_and_dead_ones_a_month() -> None:
    make_hook()
    kept = {settled("DELIVERED", 6), settled("DEAD", 29), settled("PENDING", 400)}
    settled("DELIVERED", 7)
    settled("DEAD", 30)
    assert forget() == kept


def test_an_old_event_that_was_delivered_lately_stays() -> None:
    make_hook()
    pk = settled("DELIVERED", 20)
    EventDelivery.objects.update(settled=START - timedelta(days=1))
    assert forget() == {pk}


def test_what_a_deleted_hook_leaves_behind_goes_and_the_others_stay() -> None:
    gone, _ = make_hook(name="Gone")
    for _ in range(5):
        happen()
    make_hook(name="Stays")
    happen()
    delete_event_hook(actor=TESTER, hook=gone)
    kept = set(EventDelivery.objects.filter(hook__name="Stays").values_list("pk", flat=True))
    assert len(kept) == 1
    assert forget() == kept


def test_each_statement_is_bounded() -> None:
    make_hook()
    for _ in range(7):
        settled("DELIVERED", 8)
    counts = []
    while count := outbox.forget_settled(START, batch=3):
        counts.append(count)
    assert counts == [3, 3, 1]


def test_orphans_are_found_by_one_look_per_hook_not_per_row() -> None:
    for number in range(3):
        make_hook(name=str(number))
    for _ in range(10):
        happen()
    with CaptureQueriesContext(connection) as captured:
        assert outbox.forget_orphans() == 0
    assert len(captured) == 3 + 1 + 3


def test_the_job_says_what_it_deleted() -> None:
    make_hook()
    event = happen(at=START - timedelta(days=365 * 10))
    EventDelivery.objects.filter(event_uuid=event.uuid).update(
        state="DELIVERED", settled=event.published
    )
    forget_task()
    assert PeriodicJob.objects.get(name="forget-deliveries").counts == {"deliveries": 1}
