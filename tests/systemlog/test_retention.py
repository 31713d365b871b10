"""What is older than the retention leaves the log and the outbox, and nothing else does (R24)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import LazySettings

from apps.systemlog import sweeping
from apps.systemlog.models import LogEvent, PeriodicJob, RevocationJob
from apps.systemlog.outbox import enqueue
from authzsite.celery import app
from tests.systemlog.eventful import event_at, keep

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)
DAY = timedelta(days=1)
WEEK_AT_MOST = 7 * DAY  # a partition goes as a whole


def finished(moment: datetime | None) -> RevocationJob:
    """A revocation that was finished then."""
    job = enqueue(kind="user", object_id="00u", cause="user.lifecycle.deactivate")
    state = RevocationJob.State.DONE if moment else RevocationJob.State.OPEN
    RevocationJob.objects.filter(pk=job.pk).update(state=state, finished=moment)
    return job


def kept() -> set[int]:
    """The ids of the events that are still there, those of the runs aside."""
    found = LogEvent.objects.exclude(event_type="system.job.run")
    return set(found.values_list("pk", flat=True))


def test_r24_events_are_kept_for_ninety_days_and_no_more_than_a_week_longer() -> None:
    ages = [0 * DAY, 89 * DAY, 90 * DAY - timedelta(minutes=1), 97 * DAY + WEEK_AT_MOST, 3000 * DAY]
    young, almost, last, gone, ancient = (event_at(NOW - age).pk for age in ages)

    keep(NOW)

    assert kept() == {young, almost, last}
    assert not kept() & {gone, ancient}


def test_the_days_are_a_setting(settings: LazySettings) -> None:
    settings.LOG_RETENTION_DAYS = 7
    young, old = event_at(NOW - 6 * DAY), event_at(NOW - 15 * DAY)

    keep(NOW)

    assert kept() == {young.pk}
    assert not kept() & {old.pk}


def test_finished_revocations_leave_with_the_log_and_open_ones_never() -> None:
    old, young, waiting = finished(NOW - 90 * DAY), finished(NOW - 89 * DAY), finished(None)
    RevocationJob.objects.update(created=NOW - 400 * DAY)

    assert keep(NOW)["revocationJobs"] == 1

    left = set(RevocationJob.objects.values_list("pk", flat=True))
    assert left == {young.pk, waiting.pk} and old.pk not in left


def test_it_is_done_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FIRST_ROWS", "LEAST_ROWS", "SWEEP_BATCH_ROWS"):
        monkeypatch.setattr(sweeping, name, 3)
    for _ in range(8):
        event_at(NOW - 3000 * DAY)  # no week of its own

    assert keep(NOW)["events"] == 8
    assert kept() == set()


def test_two_runs_are_as_good_as_one() -> None:
    event_at(NOW - 3000 * DAY)
    keep(NOW)
    before = list(LogEvent.objects.values_list("pk", flat=True))

    assert keep(NOW) == {}
    assert list(LogEvent.objects.values_list("pk", flat=True)) == before


def test_beat_runs_it_and_a_run_is_a_row() -> None:
    app.finalize()
    entry = app.conf.beat_schedule["log-retention"]

    app.tasks[entry["task"]]()
    app.tasks[entry["task"]]()  # an hour later: not yet

    row = PeriodicJob.objects.get(name="log-retention")
    assert (row.runs, row.interval, row.last_error) == (1, 24 * 60 * 60, "")
