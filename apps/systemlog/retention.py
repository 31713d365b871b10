"""What the log and the outbox keep, and for how long (R24): `LOG_RETENTION_DAYS`.

On PostgreSQL old events go with their week's partition, a week late at most. What lies in the
default partition, and everything on SQLite, is deleted in batches.
"""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from apps.systemlog import partitions
from apps.systemlog.batches import Sweep, expiring
from apps.systemlog.jobs import Progress
from apps.systemlog.models import ChangedObject, LogEvent, RevocationJob
from apps.systemlog.sweeping import run_sweeps

DAY: Final = timedelta(days=1)


def keep_log(now: datetime, progress: Progress) -> bool:
    """Make room for the events to come, and drop what is older than the retention. True when
    there is more to do than fits into one run."""
    span = settings.LOG_RETENTION_DAYS * DAY
    if partitions.is_partitioned():
        progress.report(rows=partitions.make_ahead(now), table="partitionsMade")
        progress.report(rows=partitions.drop_older(now - span), table="partitionsDropped")
    return run_sweeps(sweeps(span), progress, now)


def sweeps(span: timedelta) -> tuple[Sweep, ...]:
    """What is deleted row by row."""
    events = expiring("events", LogEvent, "published", span)
    if partitions.is_partitioned():
        events = Sweep("events", partitions.DEFAULT, events.key, events.order, span)
    return (
        events,
        expiring("changes", ChangedObject, "published", span),
        expiring("revocationJobs", RevocationJob, "finished", span),
    )
