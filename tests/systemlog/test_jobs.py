"""Periodic jobs: one lease, taken by one UPDATE; what a run does stands in its row (R24)."""

import logging
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest
from django.db import DatabaseError, connection

from apps.systemlog import jobs
from apps.systemlog.jobs import LEASE, Job, LeaseLost, Progress, error_text, run_job, want
from apps.systemlog.models import LogEvent, PeriodicJob
from tests.races import at_once, failures

pytestmark = pytest.mark.django_db
JOB = Job("test-job", 60, "A job for tests")
START = datetime(2030, 1, 1, tzinfo=UTC)


class Hands:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.moment = START

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, **delta: float) -> None:
        """Later."""
        self.moment += timedelta(**delta)


@pytest.fixture
def hands() -> Hands:
    """The time."""
    return Hands()


def row() -> PeriodicJob:
    """The job as it stands."""
    return PeriodicJob.objects.get(name=JOB.name)


def nothing(progress: Progress) -> None:
    """Work that finds nothing to do."""


def run(hands: Hands, work: Any = nothing, **options: Any) -> bool:
    """One tick of a beat."""
    return run_job(JOB, work, clock=hands, **options)


def events() -> list[tuple[str, str, dict[str, int]]]:
    """(outcome, reason, counts) of each run that said something."""
    found = LogEvent.objects.filter(event_type="system.job.run").order_by("pk")
    return [(e.outcome, e.reason, e.body["target"][0].get("detailEntry", {})) for e in found]


def test_a_run_leaves_its_counts_and_when_the_next_one_is() -> None:
    hands = Hands()

    def work(progress: Progress) -> None:
        progress.report(rows=3, table="grants", left=7, progress=300)
        hands.advance(seconds=2)
        during = row()
        assert (during.rows_done, during.rows_left, during.progress) == (3, 7, 300)
        assert during.leased_until == START + LEASE
        progress.report(rows=2, table="grants")
        progress.report(rows=1, table="sessions")
        assert row().leased_until == hands.moment + LEASE

    assert run(hands, work)

    after = row()
    assert (after.holder, after.leased_until, after.interval) == ("", None, 60)
    assert (after.rows_done, after.rows_left, after.progress) == (6, 0, 1000)
    assert after.counts == {"grants": 5, "sessions": 1}
    assert (after.started, after.finished) == (START, START + timedelta(seconds=2))
    assert (after.next_run, after.runs) == (START + timedelta(seconds=60), 1)
    assert events() == [("SUCCESS", "", {"grants": 5, "sessions": 1})]


def test_a_run_that_found_nothing_is_no_event(hands: Hands) -> None:
    assert run(hands)
    assert events() == []


def test_it_is_not_run_before_its_time_unless_somebody_wants_it(hands: Hands) -> None:
    assert run(hands)
    hands.advance(seconds=50)
    assert not run(hands)
    assert run(hands, force=True)
    hands.advance(seconds=55)  # a tick that comes a little early is on time
    assert run(hands)


def test_run_now_is_remembered_until_a_run_begins(
    hands: Hands, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    nudged: list[str] = []
    monkeypatch.setitem(jobs.JOBS, JOB.name, JOB)
    monkeypatch.setattr(jobs, "_nudge", nudged.append)
    run(hands)

    with django_capture_on_commit_callbacks(execute=True):
        want(JOB.name)

    assert row().is_wanted and nudged == [JOB.name]
    assert run(hands)
    assert not row().is_wanted
    assert not run(hands)


def test_run_now_works_for_a_job_that_never_ran(
    hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(jobs.JOBS, JOB.name, JOB)
    want(JOB.name)
    assert run(hands)
    with pytest.raises(KeyError):
        want("no-such-job")


def test_wanted_during_a_run_it_runs_again(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(jobs.JOBS, JOB.name, JOB)
    assert run(hands, lambda progress: want(JOB.name))
    assert run(hands)
    assert not run(hands)


def test_the_nudge_is_the_task_that_beats_schedule_names(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setattr(jobs, "nudge", sent.append)
    jobs._nudge("sweep-expired")
    jobs._nudge("no-such-job")
    assert sent == ["apps.tokens.tasks.sweep_expired"]


def test_f6_a_second_beat_finds_the_lease_taken(hands: Hands) -> None:
    inner: list[bool] = []
    assert run(hands, lambda progress: inner.append(run(hands, force=True)))
    assert inner == [False]
    assert row().runs == 1


def test_f4_the_lease_of_a_dead_holder_runs_out(hands: Hands) -> None:
    run(hands)
    PeriodicJob.objects.update(holder="dead", leased_until=START + LEASE, next_run=START)
    hands.advance(seconds=59)
    assert not run(hands, force=True)
    hands.advance(seconds=1)
    assert run(hands)
    assert row().holder == ""


def test_who_lost_the_lease_stops_and_changes_nothing(hands: Hands) -> None:
    def work(progress: Progress) -> None:
        progress.report(rows=1, table="grants")
        hands.advance(seconds=61)
        assert run(hands, nothing)  # another worker takes over, and ends
        with pytest.raises(LeaseLost):
            progress.report(rows=1)
        progress.report(rows=1)

    assert not run(hands, work)
    after = row()
    assert (after.runs, after.failures, after.rows_done, after.last_error) == (1, 0, 0, "")


def test_a_late_renewal_counts_while_nobody_else_came(hands: Hands) -> None:
    def work(progress: Progress) -> None:
        hands.advance(seconds=61)
        progress.report(rows=1)

    assert run(hands, work)


def test_a_failure_is_kept_and_the_job_is_free_again(
    hands: Hands, caplog: pytest.LogCaptureFixture
) -> None:
    def work(progress: Progress) -> None:
        progress.report(rows=1, table="grants")
        raise ValueError("no such thing as 'a value of a row'\nand more of it")

    with caplog.at_level(logging.ERROR), pytest.raises(ValueError, match="no such"):
        run(hands, work)

    after = row()
    assert (after.holder, after.failures, after.runs) == ("", 1, 0)
    assert after.last_error == "ValueError: no such thing as …"
    assert (after.failed, after.next_run) == (START, START + timedelta(seconds=60))
    assert events() == [("FAILURE", after.last_error, {"grants": 1})]
    assert "Traceback" in caplog.text
    assert run(hands, force=True)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError(), "ValueError"),
        (KeyError("secret"), "KeyError: …"),
        (RuntimeError("x" * 1000), "RuntimeError: " + "x" * 241),
        (
            DatabaseError('violates "name_key"\nDETAIL:  Key (login)=(ada@example.com) exists.'),
            "DatabaseError: violates …",
        ),
    ],
)
def test_the_text_of_an_error_holds_no_value(error: Exception, text: str) -> None:
    assert error_text(error) == text


def test_work_that_has_more_to_do_is_due_at_once(
    hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    nudged: list[str] = []
    monkeypatch.setattr(jobs, "_nudge", nudged.append)
    assert run(hands, lambda progress: True)
    assert nudged == [JOB.name]
    assert run(hands)
    assert not run(hands)


def test_a_run_knows_when_to_make_room(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []
    run(hands, lambda progress: seen.append(progress.is_over_time()))
    monkeypatch.setattr(jobs, "RUN_SECONDS", -1.0)
    run(hands, lambda progress: seen.append(progress.is_over_time()), force=True)
    assert seen == [False, True]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_first", [True, False])
def test_f6_of_many_beats_at_once_exactly_one_works(is_first: bool, hands: Hands) -> None:
    if not is_first:
        run(hands)
        hands.advance(seconds=60)
    done = Event()
    worked: list[int] = []

    def work(progress: Progress) -> None:
        worked.append(1)
        done.wait(2)

    def tick() -> bool:
        try:
            ran = run(hands, work)
        finally:
            connection.close()
        done.set() if not ran else None
        return ran

    results = at_once(*[tick] * 8)

    assert failures(results) == []
    assert (sum(results), len(worked)) == (1, 1)
    assert PeriodicJob.objects.count() == 1
