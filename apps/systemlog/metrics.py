"""What Prometheus is told of jobs, read from the rows when it asks: right for any number of
processes, and gone with none of them.

An app that has more to tell puts a `metrics.py` beside its `models.py` that registers a collector
here; the page that Prometheus reads imports them all. A collector takes a fixed number of
statements and counts no large table.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from apps.systemlog.job_states import COUNT_LIMIT, Periodic, State, open_jobs, periodic_jobs
from apps.systemlog.models import RevocationJob

Collector = Callable[[datetime], Iterable[Metric]]
Value = Callable[[Periodic, datetime], float | None]
LATELY: Final = timedelta(hours=1)
_collectors: list[Collector] = []


def register(collector: Collector) -> Collector:
    """Add a collector: it is given the time and answers with families of samples."""
    _collectors.append(collector)
    return collector


def families(now: datetime) -> Iterator[Metric]:
    """Everything that was registered."""
    for collector in _collectors:
        yield from collector(now)


def gauge(name: str, text: str, value: float | None) -> GaugeMetricFamily:
    """One number; without a sample when it isn't known."""
    family = GaugeMetricFamily(name, text)
    if value is not None:
        family.add_metric([], value)
    return family


def _stamp(at: datetime | None) -> float | None:
    return at.timestamp() if at else None


def _duration(one: Periodic, now: datetime) -> float | None:
    spent = one.duration(now)
    return None if spent is None else spent.total_seconds()


GAUGES: Final[tuple[tuple[str, str, Value], ...]] = (
    ("interval_seconds", "Time between two runs.", lambda one, now: one.job.interval),
    (
        "last_start_timestamp_seconds",
        "When the present or last run began.",
        lambda one, now: _stamp(one.row.started),
    ),
    (
        "last_finish_timestamp_seconds",
        "When a run last came to its end.",
        lambda one, now: _stamp(one.row.finished),
    ),
    (
        "last_failure_timestamp_seconds",
        "When a run last failed.",
        lambda one, now: _stamp(one.row.failed),
    ),
    ("duration_seconds", "Of the present run, else of the last one.", _duration),
    ("rows", "Rows done in the present or last run.", lambda one, now: one.row.rows_done),
    ("rows_left", "Rows still to be done, an estimate.", lambda one, now: one.row.rows_left),
    ("running", "1 while a worker has it.", lambda one, now: one.state is State.RUNNING),
    (
        "stalled",
        "1 when its worker has gone silent, or nobody runs it though it is long due.",
        lambda one, now: one.state is State.STALLED,
    ),
    ("failed", "1 when its last run failed.", lambda one, now: one.state is State.FAILED),
)
COUNTERS: Final[tuple[tuple[str, str, Value], ...]] = (
    ("runs_total", "Runs that came to their end.", lambda one, now: one.row.runs),
    ("failures_total", "Runs that failed.", lambda one, now: one.row.failures),
)


@register
def collect_periodic(now: datetime) -> Iterator[Metric]:
    """Every job of the schedule, also before its first run. One statement."""
    jobs = periodic_jobs(now)
    for family, table in ((GaugeMetricFamily, GAUGES), (CounterMetricFamily, COUNTERS)):
        for name, text, value in table:
            found = family(f"authzsite_job_{name}", text, labels=["job"])
            for one in jobs:
                if (number := value(one, now)) is not None:
                    found.add_metric([one.job.name], number)
            yield found


@register
def collect_revocations(now: datetime) -> Iterator[Metric]:
    """The outbox of revoking changes. Two statements."""
    found, prefix = open_jobs(now), "authzsite_revocation_jobs"
    age = (now - found.oldest).total_seconds() if found.oldest else 0
    upto = f"counted up to {COUNT_LIMIT:,}"
    yield gauge(f"{prefix}_open", f"Revocations that aren't done, {upto}.", found.number)
    yield gauge(f"{prefix}_stuck", "Open ones of which nothing has moved lately.", found.stuck)
    yield gauge(f"{prefix}_failed", "Open ones whose last attempt failed.", found.failed)
    yield gauge(f"{prefix}_oldest_age_seconds", "Of the oldest open one; 0 for none.", age)
    yield gauge(f"{prefix}_open_rows_marked", "Rows that open ones have marked.", found.rows_done)
    done = RevocationJob.objects.filter(finished__gte=now - LATELY).order_by()
    number = done.values("pk")[:COUNT_LIMIT].count()
    yield gauge(f"{prefix}_done_last_hour", f"Those done in the last hour, {upto}.", number)
