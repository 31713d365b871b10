"""Periodic jobs: one run at a time however many beats and workers there are, and a row that tells
what the run does.

Whoever takes the lease by the one conditional UPDATE works. It is renewed with every batch that
is reported, and runs out by itself when its holder dies (F3, F4, F6).
"""

import logging
import os
import re
import secrets
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from apps.systemlog.entries import SYSTEM, Entry, Target
from apps.systemlog.models import PeriodicJob
from apps.systemlog.nudge import nudge
from apps.systemlog.record import record

logger = logging.getLogger(__name__)
LEASE: Final = timedelta(seconds=60)
CLOCK_STEP: Final = timedelta(minutes=10)  # hosts may differ by less
RUN_SECONDS: Final = 20.0  # then a run makes room for others and comes back
SLACK: Final = 10  # a tenth of the interval early is on time: ticks jitter
MAX_ERROR_LENGTH: Final = 255
_VALUES: Final = re.compile(r"\"[^\"]*\"|'[^']*'|\([^)]*\)")

Clock = Callable[[], datetime]
Work = Callable[["Progress"], object]


@dataclass(frozen=True, slots=True)
class Job:
    """A periodic job: its name in beat's schedule, seconds between two runs, what the console
    calls it, and what it does in a sentence for who has to decide whether to run it now."""

    name: str
    interval: int
    title: str
    does: str = ""


class LeaseLost(Exception):
    """Another worker has taken the job over; stop without writing anything more."""


@dataclass(slots=True)
class Progress:
    """What one run has done so far. Handed to the work, which reports every batch."""

    job: Job
    holder: str
    clock: Clock
    deadline: float
    places: dict[str, str] = field(default_factory=dict)  # of the runs before
    counts: dict[str, int] = field(default_factory=dict)

    def report(
        self,
        *,
        rows: int = 0,
        table: str = "",
        left: int | None = None,
        progress: int | None = None,
        place: str = "",
    ) -> None:
        """Add `rows` (of `table`) to the counts and renew the lease; `left` is an estimate in rows,
        `progress` in thousandths, `place` where in the table the next run may go on. Call it
        outside of a transaction. LeaseLost when somebody else has the job now."""
        if table:
            self.counts[table] = self.counts.get(table, 0) + rows
        if place:
            self.places[table] = place
        given = {"rows_left": left, "progress": progress}
        fields: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        self.write(
            leased_until=self.clock() + LEASE,
            rows_done=F("rows_done") + rows,
            counts=self.counts,
            places=self.places,
            **fields,
        )

    def is_over_time(self) -> bool:
        """Whether the run should make room for others: return True from the work then."""
        return time.monotonic() > self.deadline

    def write(self, **fields: Any) -> None:
        """Change the job's row, as long as it is ours."""
        mine = PeriodicJob.objects.filter(name=self.job.name, holder=self.holder)
        if not mine.update(**fields):
            raise LeaseLost(self.job.name)


JOBS: Final[dict[str, Job]] = {}


def register(job: Job) -> Job:
    """Make the job known to the console; each tasks module does it for its own."""
    JOBS[job.name] = job
    return job


def registered() -> dict[str, Job]:
    """Every job of the installation by name. A web process has not imported the tasks modules, so
    Celery is asked to collect them."""
    from celery import current_app

    current_app.finalize()
    return JOBS


def run_job(job: Job, work: Work, *, force: bool = False, clock: Clock = timezone.now) -> bool:
    """Run `work` under the job's lease. Whether it ran to its end.

    False when somebody else has the lease, and when it isn't time yet and nobody wants it now
    (`force` and `want` do). Work that returns True has more to do: it comes back at once. What it
    raises is recorded and raised again.
    """
    started = clock()
    holder = _take(job, force, started)
    if holder is None:
        return False
    places = PeriodicJob.objects.values_list("places", flat=True).get(name=job.name)
    progress = Progress(job, holder, clock, time.monotonic() + RUN_SECONDS, places)
    try:
        has_more = work(progress) is True
        _finish(progress, started, has_more)
    except LeaseLost:
        logger.warning("%s was taken over by another worker", job.name)
        _record(progress, "taken over by another worker")
        return False
    except Exception as error:
        logger.exception("%s failed", job.name)
        _fail(progress, started, error)
        raise
    if has_more:
        _nudge(job.name)
    return True


def want(name: str) -> None:
    """Run the job now, whatever its time; KeyError when there is none of this name."""
    job = registered()[name]
    _ensure_row(job)
    PeriodicJob.objects.filter(name=name).update(is_wanted=True)
    transaction.on_commit(lambda: _nudge(name), robust=True)


def error_text(error: BaseException) -> str:
    """An error for people: type and the first line of its message, without any value of a row."""
    message = _VALUES.sub("…", next(iter(str(error).splitlines()), ""))
    kind = type(error).__name__
    return (f"{kind}: {message}" if message else kind)[:MAX_ERROR_LENGTH]


def _take(job: Job, force: bool, now: datetime) -> str | None:
    """The holder's name of a new lease, None when there is none to have."""
    holder = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(8)}"
    ahead = now + LEASE + CLOCK_STEP  # no lease reaches so far: the clock went back (F24)
    free = Q(holder="") | Q(leased_until__lte=now) | Q(leased_until__gt=ahead)
    due = Q(is_wanted=True) | Q(next_run=None)
    due |= Q(next_run__lte=now + timedelta(seconds=job.interval / SLACK))
    due |= Q(next_run__gt=now + timedelta(seconds=job.interval) + CLOCK_STEP)
    rows = PeriodicJob.objects.filter(free, Q() if force else due, name=job.name)
    fields = {
        "holder": holder,
        "leased_until": now + LEASE,
        "interval": job.interval,
        "is_wanted": False,
        "next_run": now,  # if we die, it is still due
        "started": now,
        "progress": 0,
        "rows_done": 0,
        "rows_left": None,
        "counts": {},
    }
    if rows.update(**fields):
        return holder
    return holder if _ensure_row(job) and rows.update(**fields) else None


def _ensure_row(job: Job) -> bool:
    """Whether there was none."""
    if PeriodicJob.objects.filter(name=job.name).exists():
        return False
    row = PeriodicJob(name=job.name, interval=job.interval)
    PeriodicJob.objects.bulk_create([row], ignore_conflicts=True)
    return True


def _finish(progress: Progress, started: datetime, has_more: bool) -> None:
    """Give the lease back, with the event in the same transaction."""
    now, job = progress.clock(), progress.job
    fields: dict[str, Any] = {} if has_more else {"progress": 1000, "rows_left": 0}
    with transaction.atomic():
        progress.write(
            **_released(started, timedelta(seconds=0 if has_more else job.interval)),
            finished=now,
            counts=progress.counts,
            runs=F("runs") + 1,
            **fields,
        )
        _record(progress)


def _fail(progress: Progress, started: datetime, error: Exception) -> None:
    """Give the lease back and keep what went wrong; the database may be what failed."""
    now, text = progress.clock(), error_text(error)
    try:
        with transaction.atomic():
            progress.write(
                **_released(started, timedelta(seconds=progress.job.interval)),
                failures=F("failures") + 1,
                last_error=text,
                failed=now,
            )
            _record(progress, text)
    except Exception:
        logger.exception("The failure of %s could not be recorded", progress.job.name)


def _released(started: datetime, pause: timedelta) -> dict[str, Any]:
    """Without lease, and due again `pause` after the start of this run."""
    return {"holder": "", "leased_until": None, "next_run": started + pause}


def _record(progress: Progress, failure: str = "") -> None:
    """One event for a run that did something or failed (R24)."""
    done = {name: count for name, count in progress.counts.items() if count}
    if not done and not failure:
        return
    job = progress.job
    record(
        Entry(
            "system.job.run",
            SYSTEM,
            (Target(job.name, "Job", job.name, job.title, done),),
            outcome="FAILURE" if failure else "SUCCESS",
            reason=failure,
            debug=done,
        )
    )


def _nudge(name: str) -> None:
    """Send the job's task, which beat's schedule names."""
    from celery import current_app

    current_app.finalize()
    if entry := current_app.conf.beat_schedule.get(name):
        nudge(entry["task"])
