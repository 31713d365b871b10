"""Partitions of the log come in time, go as a whole, and hold nobody up (R24, F26)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection, transaction

from apps.systemlog import partitions
from apps.systemlog.entries import SYSTEM, Entry
from apps.systemlog.models import LogEvent
from apps.systemlog.partitions import DEFAULT, WEEK, WEEKS_AHEAD, existing, monday_of
from apps.systemlog.record import record
from apps.tokens import clock
from tests.oauth.grants_fixture import make_world, sign_in
from tests.races import at_once, failures
from tests.systemlog.eventful import column, event_at, keep, places

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
NOW = datetime.now(UTC)
LATER = NOW + 10 * WEEK  # beyond what a migrated database is ready for


def name_of(week: date) -> str:
    """The partition's table."""
    return f"systemlog_logevent_w{week:%Y%m%d}"


def test_a_migrated_database_is_ready_for_the_next_weeks() -> None:
    assert existing()[0] <= monday_of(NOW)
    assert existing()[-1] >= monday_of(NOW) + (WEEKS_AHEAD - 1) * WEEK


def test_a_run_makes_what_is_missing_and_drops_what_is_over() -> None:
    old, almost = (monday_of(LATER - timedelta(days=90)) - number * WEEK for number in (1, 0))
    assert partitions._each([old, almost], partitions._make) == 2
    before = existing()

    counts = keep(LATER)

    ahead = [monday_of(LATER) + number * WEEK for number in range(WEEKS_AHEAD + 1)]
    made = set(ahead) - set(before)
    assert counts == {"partitionsMade": len(made), "partitionsDropped": 1}
    assert set(existing()) == {*before, *ahead} - {old}
    assert keep(LATER) == {}


def test_each_event_lies_in_its_week_and_is_found_by_all_that_is_known_of_it() -> None:
    keep(NOW + WEEK)
    moments = [NOW - 300 * WEEK, NOW, NOW + WEEK]
    events = [event_at(moment, reference=f"R{n}") for n, moment in enumerate(moments)]

    weeks = [DEFAULT, *(name_of(monday_of(moment)) for moment in moments[1:])]
    assert [places()[event.uuid] for event in events] == weeks
    for n, event in enumerate(events):
        assert LogEvent.objects.get(pk=event.pk).uuid == event.uuid
        assert LogEvent.objects.get(reference=f"R{n}").pk == event.pk
        assert LogEvent.objects.get(uuid=event.uuid).pk == event.pk
    assert list(LogEvent.objects.all()[:3]) == events[::-1]


def test_the_token_path_writes_into_the_partition_of_its_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = make_world()
    later = NOW + 2 * WEEK
    monkeypatch.setattr(clock, "now", lambda: later)

    sign_in(world)

    name = name_of(monday_of(later))
    assert column(f"SELECT count(*) FROM {name} WHERE event_type LIKE 'app.oauth2.as.token%'")[0]


def test_r24_a_partition_made_later_refuses_changes_like_the_others() -> None:
    keep(LATER)
    event = event_at(LATER)

    assert places()[event.uuid] == name_of(monday_of(LATER))
    with pytest.raises(Exception, match="append-only"), transaction.atomic():
        LogEvent.objects.filter(pk=event.pk).update(outcome="FAILURE")


def test_a_week_that_began_without_partition_ends_without_and_is_deleted_by_rows() -> None:
    event = event_at(LATER)  # nobody made a partition: the net holds it

    keep(LATER)

    assert monday_of(LATER) not in existing() and monday_of(LATER) + WEEK in existing()
    assert places()[event.uuid] == DEFAULT
    keep(LATER + timedelta(days=89))
    assert LogEvent.objects.filter(pk=event.pk).exists()
    keep(LATER + timedelta(days=91))
    assert not LogEvent.objects.filter(pk=event.pk).exists()


@contextmanager
def report() -> Iterator[None]:
    """Somebody reads the whole log and takes their time, on a connection of their own."""
    other = connection.copy()
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM systemlog_logevent")
        yield
    finally:
        other.rollback()
        other.close()


@pytest.mark.django_db(transaction=True)
def test_f26_while_somebody_reads_the_log_the_run_gives_up_and_the_next_one_does_it() -> None:
    past = monday_of(NOW) - 30 * WEEK
    name = name_of(past)
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE {name} PARTITION OF systemlog_logevent "
            f"FOR VALUES FROM ('{past} 00:00+00') TO ('{past + WEEK} 00:00+00')"
        )
    ahead = existing()[-1] + WEEK
    needs_one_more = NOW + (ahead - monday_of(NOW)) - WEEKS_AHEAD * WEEK

    with report():
        assert partitions.drop_older(NOW - 20 * WEEK) == 0
        assert partitions.make_ahead(needs_one_more) == 0
        assert record(Entry("system.job.run", SYSTEM))  # and nobody else is held up

    assert past in existing() and ahead not in existing()
    assert partitions.make_ahead(needs_one_more) == 1
    assert partitions.drop_older(NOW - 20 * WEEK) == 1
    assert past not in existing() and ahead in existing()


@pytest.mark.django_db(transaction=True)
def test_partitions_are_made_and_dropped_while_events_are_written() -> None:
    first = existing()[-1] + WEEK
    weeks = [first + number * WEEK for number in range(5)]
    events = 150

    def write() -> None:
        for _ in range(events):
            record(Entry("system.job.run", SYSTEM))

    def change() -> None:
        for week in weeks:
            while not partitions._each([week], partitions._make):
                pass
        for week in weeks:
            while not partitions._each([week], partitions._drop):
                pass

    assert not failures(at_once(write, write, change))

    assert LogEvent.objects.count() == 2 * events
    assert existing()[-1] + WEEK == first
