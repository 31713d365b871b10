"""Events of the past, and what the log looks like inside."""

from datetime import datetime
from functools import partial
from typing import Any

from django.db import connection

from apps.systemlog.entries import SYSTEM, Entry
from apps.systemlog.jobs import run_job
from apps.systemlog.models import LogEvent, PeriodicJob
from apps.systemlog.record import row_of
from apps.systemlog.retention import keep_log
from apps.systemlog.tasks import RETENTION


def event_at(moment: datetime, **fields: Any) -> LogEvent:
    """One event as it would have been written then."""
    row = row_of(Entry("application.lifecycle.create", SYSTEM), now=moment)
    return LogEvent.objects.create(**row | fields)


def keep(now: datetime) -> dict[str, int]:
    """One run of the retention; what it says it did."""
    assert run_job(RETENTION, partial(keep_log, now), force=True, clock=lambda: now)
    counts = PeriodicJob.objects.get(name=RETENTION.name).counts
    return {name: count for name, count in counts.items() if count}


def column(query: str) -> list[Any]:
    """The first column of what a query finds."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [row[0] for row in cursor.fetchall()]


def places() -> dict[str, str]:
    """The partition of each event, by uuid."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT uuid, tableoid::regclass::text FROM systemlog_logevent")
        return dict(cursor.fetchall())
