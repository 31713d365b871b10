"""How jobs stand, read from their rows and judged: for the console, its dashboard and the metrics.

Nothing here counts a large table: open jobs are counted up to `COUNT_LIMIT`, the rest are pages.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from django.db.models import Case, CharField, Count, Min, OuterRef, Q, QuerySet, Subquery, Sum, When

from apps.systemlog.entries import SYSTEM
from apps.systemlog.jobs import Job, registered
from apps.systemlog.models import LogEvent, PeriodicJob, RevocationJob

STUCK_AFTER: Final = timedelta(minutes=5)  # nothing moved for so long
COUNT_LIMIT: Final = 10_000
OPEN_STATES: Final = (RevocationJob.State.OPEN, RevocationJob.State.RUNNING)
CLEAN_UP: Final = "sweep-expired"  # the job that is meant by "the last clean-up"


class State(StrEnum):
    """What a person or an alarm wants to know of a job."""

    IDLE = "idle"
    RUNNING = "running"
    WAITING = "waiting"
    FAILED = "failed"  # the last run failed, or the last attempt did
    STALLED = "stalled"  # periodic: its holder is gone, or nobody runs it although it is due
    STUCK = "stuck"  # revocation: open, and nothing moved for `STUCK_AFTER`
    DONE = "done"


ALARMING: Final = frozenset({State.FAILED, State.STALLED, State.STUCK})


@dataclass(frozen=True, slots=True)
class Periodic:
    """A job of the schedule and its row, which is blank while it has never run."""

    job: Job
    row: PeriodicJob
    state: State

    @property
    def ended(self) -> datetime | None:
        """When the last run ended, well or not; None when none has."""
        return max(filter(None, (self.row.finished, self.row.failed)), default=None)

    def duration(self, now: datetime) -> timedelta | None:
        """Of the present run, else of the last one; None when its beginning or end is unknown."""
        began = self.row.started
        until = now if self.state is State.RUNNING else self.ended
        return until - began if began and until and until >= began else None


@dataclass(frozen=True, slots=True)
class Revocation:
    """A job of the outbox."""

    row: Any  # a RevocationJob with the login of who made the change as `author`
    state: State

    def duration(self, now: datetime) -> timedelta | None:
        """From the first batch to the last one, or until now."""
        row = self.row
        return (row.finished or now) - row.started if row.started else None


@dataclass(frozen=True, slots=True)
class OpenJobs:
    """All open revocations together; counted up to `COUNT_LIMIT`."""

    number: int
    stuck: int
    failed: int
    rows_done: int
    oldest: datetime | None


def periodic_state(row: PeriodicJob, now: datetime) -> State:
    """Stalled when its holder died, or when it is overdue by more than one interval: beat may come
    as late as that by itself."""
    if row.holder:
        is_held = row.leased_until is not None and row.leased_until > now
        return State.RUNNING if is_held else State.STALLED
    patience = timedelta(seconds=row.interval) + STUCK_AFTER
    if row.next_run and row.next_run + patience <= now:
        return State.STALLED
    if row.is_wanted or row.started is None:
        return State.WAITING
    if row.failed and (row.finished is None or row.failed >= row.finished):
        return State.FAILED
    return State.WAITING if row.next_run and row.next_run <= now else State.IDLE


def revocation_state(row: RevocationJob, now: datetime) -> State:
    """Stuck when it is open and nothing of it moved for a while."""
    if row.state == RevocationJob.State.DONE:
        return State.DONE
    if row.updated <= now - STUCK_AFTER:
        return State.STUCK
    if row.state == RevocationJob.State.RUNNING:
        return State.RUNNING
    return State.FAILED if row.last_error else State.WAITING


def periodic_jobs(now: datetime) -> list[Periodic]:
    """Every job of the schedule, whether or not it has ever run. One statement."""
    jobs = registered()
    rows = PeriodicJob.objects.in_bulk(list(jobs))
    blank = ((job, rows.get(name) or PeriodicJob(name=name)) for name, job in jobs.items())
    found = (Periodic(job, row, periodic_state(row, now)) for job, row in blank)
    return sorted(found, key=lambda one: one.job.title)


def judged(rows: Iterable[RevocationJob], now: datetime) -> list[Revocation]:
    """The rows with their states."""
    return [Revocation(row, revocation_state(row, now)) for row in rows]


def open_revocations() -> QuerySet[RevocationJob]:
    """Those that aren't done, in the order in which they are carried out."""
    return with_author(RevocationJob.objects.filter(state__in=OPEN_STATES)).order_by("created")


def finished_revocations() -> QuerySet[RevocationJob]:
    """Those that are done, the last one first."""
    return with_author(RevocationJob.objects.exclude(finished=None)).order_by("-finished")


def with_author(rows: QuerySet[RevocationJob]) -> QuerySet[RevocationJob]:
    """Each row with the name of who made the change as `author`, empty for the system itself.

    Whichever event of the reference is found first will do: a request has one actor. Sorting
    would tempt the database to walk the log by its primary key.
    """
    events = LogEvent.objects.filter(reference=OuterRef("reference")).order_by()
    names = Subquery(events.exclude(actor_id=SYSTEM.id).values("actor_name")[:1])
    author = Case(When(~Q(reference=""), then=names), output_field=CharField())
    return rows.defer("scope", "cursor").annotate(author=author)


def open_jobs(now: datetime) -> OpenJobs:
    """What is open, in one statement over an index."""
    still = Q(updated__lte=now - STUCK_AFTER)
    failed = ~Q(last_error="") & Q(state=RevocationJob.State.OPEN)
    columns = ("pk", "state", "updated", "created", "last_error", "rows_done")
    rows = RevocationJob.objects.filter(state__in=OPEN_STATES).order_by()
    found = rows.values(*columns)[:COUNT_LIMIT].aggregate(
        number=Count("pk"),
        stuck=Count("pk", filter=still),
        failed=Count("pk", filter=failed & ~still),
        rows_done=Sum("rows_done", default=0),
        oldest=Min("created"),
    )
    return OpenJobs(**found)
