"""Celery's tasks for the system log."""

from typing import Any, Final

from celery import shared_task
from django.utils import timezone

from apps.systemlog.batches import cautious
from apps.systemlog.jobs import Job, Progress, register, run_job
from apps.systemlog.retention import keep_log

RETENTION: Final = register(
    Job(
        "log-retention",
        24 * 60 * 60,
        "Drop old log entries",
        "Removes events and finished revocations that are older than the retention, and makes "
        "room for the coming weeks.",
    )
)

# Looked at every hour: a beat that was restarted would wait for a whole day first.
BEAT_SCHEDULE: Final[dict[str, dict[str, Any]]] = {
    RETENTION.name: {"task": "apps.systemlog.tasks.keep_log_tidy", "schedule": 3600.0}
}


@shared_task
def keep_log_tidy() -> None:
    """Retention, and partitions for the coming weeks."""
    run_job(RETENTION, _keep)


def _keep(progress: Progress) -> bool:
    return keep_log(cautious(timezone.now()), progress)
