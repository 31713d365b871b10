"""Batches: any number of rows, each looked at once, however the runs are cut (design 5, R14)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection
from django.utils import timezone

from apps.systemlog import jobs, sweeping
from apps.systemlog.batches import (
    COUNTED_ROWS,
    Batch,
    Sweep,
    cautious,
    estimate,
    expiring,
    orphaned,
)
from apps.systemlog.jobs import Job, Progress, run_job
from apps.systemlog.models import PeriodicJob
from apps.systemlog.sweeping import next_size, run_sweeps
from apps.tokens.models import UsedAssertion
from tests.races import at_once

pytestmark = pytest.mark.django_db
JOB = Job("test-sweep", 60, "A sweep for tests")
MOMENT = datetime(2030, 1, 1, 12, tzinfo=UTC)
SWEEP = expiring("rows", UsedAssertion, "expires_at")


@pytest.fixture(autouse=True)
def batches_of_five(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a few rows are many batches."""
    for name in ("FIRST_ROWS", "LEAST_ROWS", "SWEEP_BATCH_ROWS"):
        monkeypatch.setattr(sweeping, name, 5)
    monkeypatch.setattr(sweeping, "PAUSE_SECONDS", 0)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, Batch]]:
    """(place, batch) of every statement."""
    found: list[tuple[Any, Batch]] = []
    delete = sweeping.delete_batch

    def watched(sweep: Sweep, until: datetime, place: Any, size: int, *rest: Any) -> Batch:
        batch = delete(sweep, until, place, size, *rest)
        found.append((place, batch))
        return batch

    monkeypatch.setattr(sweeping, "delete_batch", watched)
    return found


def make_rows(count: int, moment: datetime = MOMENT, name: str = "") -> None:
    """Rows that are over one after the other, the last one at the moment."""
    UsedAssertion.objects.bulk_create(
        UsedAssertion(digest=f"{name}{n}", expires_at=moment - n * timedelta(seconds=1))
        for n in range(count)
    )


def left() -> set[str]:
    """The rows that are still there."""
    return set(UsedAssertion.objects.values_list("digest", flat=True))


def run(now: datetime = MOMENT, *sweeps: Sweep) -> PeriodicJob:
    """One run; the job's row after it."""
    run_job(JOB, lambda p: run_sweeps(sweeps or (SWEEP,), p, now), force=True, clock=lambda: now)
    return PeriodicJob.objects.get(name=JOB.name)


@pytest.mark.parametrize("rows", [0, 1, 4, 5, 11])
def test_it_takes_any_number_in_batches(rows: int, seen: list[tuple[Any, Batch]]) -> None:
    make_rows(rows)
    make_rows(3, MOMENT + timedelta(seconds=4), "living")

    row = run(MOMENT)

    assert left() == {"living0", "living1", "living2"}
    assert (row.rows_done, row.counts.get("rows", 0), row.progress) == (rows, rows, 1000)
    assert len(seen) == rows // 5 + 1
    assert all(batch.seen == batch.gone <= 5 for _, batch in seen)


def test_any_number_of_rows_may_be_over_at_the_same_moment(seen: list[tuple[Any, Batch]]) -> None:
    same = (UsedAssertion(digest=str(n), expires_at=MOMENT) for n in range(23))
    UsedAssertion.objects.bulk_create(same)

    assert run().rows_done == 23
    assert left() == set()


def test_a_batch_goes_on_where_the_last_one_ended_and_so_does_the_next_run(
    seen: list[tuple[Any, Batch]],
) -> None:
    make_rows(12)
    run()
    make_rows(2, MOMENT + timedelta(seconds=9), "later")
    run(MOMENT + timedelta(seconds=10))

    places = [place for place, _ in seen]
    assert places[0] is None
    assert places[1:] == [batch.place for _, batch in seen[:-1]]
    assert left() == set()


def test_what_comes_late_goes_with_the_first_run_of_the_next_day() -> None:
    make_rows(3)
    run()
    make_rows(1, MOMENT - timedelta(hours=2), "late")

    run(MOMENT + timedelta(minutes=5))
    assert left() == {"late0"}
    run(MOMENT + timedelta(days=1))
    assert left() == set()


def test_a_run_whose_time_is_up_says_so_and_the_next_one_goes_on(
    monkeypatch: pytest.MonkeyPatch, seen: list[tuple[Any, Batch]]
) -> None:
    nudged: list[str] = []
    monkeypatch.setattr(jobs, "_nudge", nudged.append)
    monkeypatch.setattr(Progress, "is_over_time", lambda progress: True)
    make_rows(12)

    bars = [(row.rows_done, row.rows_left, row.progress) for row in (run(), run(), run())]

    assert bars == [(5, 7, 416), (5, 2, 833), (2, 0, 1000)]  # one bar over all three
    assert nudged == [JOB.name] * 2
    assert [batch.gone for _, batch in seen] == [5, 5, 2]
    assert PeriodicJob.objects.get(name=JOB.name).places.keys() == {"rows"}


def test_one_table_after_the_other() -> None:
    make_rows(7)
    everything = Sweep("others", SWEEP.table, SWEEP.key, SWEEP.key, is_over="t.digest = '6'")

    row = run(MOMENT, everything, SWEEP)

    assert row.counts == {"others": 1, "rows": 6}


def test_rows_whose_time_is_in_no_column_are_all_looked_at_once_a_day(
    seen: list[tuple[Any, Batch]],
) -> None:
    make_rows(12)
    walk = orphaned("rows", UsedAssertion, "t.digest LIKE '1%%'", timedelta(0))

    assert run(MOMENT, walk).rows_done == 3
    assert sum(batch.seen for _, batch in seen) >= 12
    UsedAssertion.objects.create(digest="1", expires_at=MOMENT)
    assert run(MOMENT, walk).rows_done == 0  # today the walk is behind it
    assert run(MOMENT + timedelta(days=1), walk).rows_done == 1


@pytest.mark.parametrize(
    ("size", "seconds", "wanted"),
    [
        (1000, 0.0101, 990),
        (1000, 0.0001, 1250),  # never much more at once
        (1000, 0.02, 500),  # less at once
        (1000, 2.0, 50),
        (4800, 0.0, 5000),
        (50, 9.0, 50),
    ],
)
def test_the_size_follows_the_time_that_a_statement_takes(
    monkeypatch: pytest.MonkeyPatch, size: int, seconds: float, wanted: int
) -> None:
    monkeypatch.setattr(sweeping, "LEAST_ROWS", 50)
    monkeypatch.setattr(sweeping, "SWEEP_BATCH_ROWS", 5000)
    assert next_size(size, seconds) == wanted


def test_what_is_left_is_counted_while_it_is_little() -> None:
    make_rows(20)
    assert estimate(SWEEP, MOMENT, None) == 20
    assert estimate(SWEEP, MOMENT - timedelta(seconds=10), None) == 10
    assert estimate(SWEEP, MOMENT, connection.ops.adapt_datetimefield_value(MOMENT)) == 1


@pytest.mark.postgres
def test_beyond_that_the_planner_says_what_is_left_and_nobody_counts() -> None:
    make_rows(3 * COUNTED_ROWS)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE tokens_usedassertion")
    assert estimate(SWEEP, MOMENT, None) == pytest.approx(3 * COUNTED_ROWS, rel=0.2)


def slow(times: int, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, int, bool]]:
    """The first limited statements take too long; (place, size, is_limited) of every one."""
    asked: list[tuple[Any, int, bool]] = []
    delete = sweeping.delete_batch

    class Cancelled(Exception):
        sqlstate = "57014"

    def watched(sweep: Sweep, until: datetime, place: Any, size: int, is_limited: bool) -> Batch:
        asked.append((place, size, is_limited))
        if is_limited and len(asked) <= times:
            raise OperationalError("canceling statement") from Cancelled()
        return delete(sweep, until, place, size, is_limited)

    monkeypatch.setattr(sweeping, "delete_batch", watched)
    return asked


def test_a_statement_that_took_too_long_is_tried_with_fewer_rows_and_ends_somehow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sweeping, "FIRST_ROWS", 80)
    monkeypatch.setattr(sweeping, "LEAST_ROWS", 10)
    asked = slow(99, monkeypatch)
    make_rows(12)

    run()

    assert asked[:4] == [(None, 80, True), (None, 20, True), (None, 10, True), (None, 10, False)]
    assert left() == set()


def test_a_bottom_full_of_deleted_rows_is_passed_by_until_a_vacuum_came(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_rows(3)
    yesterday = run().places["rows"]
    make_rows(1, MOMENT - timedelta(days=1), "late")
    make_rows(1, MOMENT + timedelta(days=1), "young")

    with monkeypatch.context() as patch:
        asked = slow(1, patch)
        row = run(MOMENT + timedelta(days=1))
    assert [place for place, _, _ in asked] == [None, yesterday.partition(" ")[2]]
    assert left() == {"late0"}
    assert row.places["rows"].partition(" ")[0] == yesterday.partition(" ")[0]

    run(MOMENT + timedelta(days=1, minutes=5))
    assert left() == set()


def test_another_error_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any) -> Batch:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(sweeping, "delete_batch", broken)
    with pytest.raises(OperationalError):
        run()
    assert PeriodicJob.objects.get(name=JOB.name).failures == 1


def test_a_table_that_fails_keeps_no_other_from_being_swept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_rows(7)
    delete = sweeping.delete_batch

    def failing(sweep: Sweep, *args: Any) -> Batch:
        if sweep.name == "guarded":
            raise IntegrityError("refused")
        return delete(sweep, *args)

    monkeypatch.setattr(sweeping, "delete_batch", failing)
    guarded = expiring("guarded", UsedAssertion, "expires_at")

    with pytest.raises(IntegrityError):
        run(MOMENT, guarded, SWEEP)

    row = PeriodicJob.objects.get(name=JOB.name)
    assert (left(), row.failures, row.last_error) == (set(), 1, "IntegrityError: refused")


@pytest.mark.postgres
def test_f24_the_databases_clock_holds_back_one_that_has_jumped_ahead() -> None:
    now = timezone.now()

    assert cautious(now + timedelta(days=1)) < now + timedelta(hours=1)
    assert cautious(now - timedelta(days=1)) == now - timedelta(days=1)


@pytest.mark.django_db(transaction=True)
def test_two_that_sweep_at_once_delete_each_row_once() -> None:
    make_rows(60)

    def walk() -> int:
        place, total, seen = None, 0, 5
        while seen == 5:
            batch = sweeping.delete_batch(SWEEP, MOMENT, place, 5)
            place, seen, total = batch.place or place, batch.seen, total + batch.gone
        return total

    counts = at_once(walk, walk, walk)

    assert sum(counts) == 60
    assert left() == set()
