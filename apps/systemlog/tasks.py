"""Celery's tasks for the system log."""

from typing import Any, Final

from celery import shared_task
from django.utils import timezone
from django.utils.translation import gettext_noop

from apps.systemlog.batches import cautious
from apps.systemlog.jobs import Job, Progress, register, run_job
from apps.systemlog.retention import keep_log
from apps.systemlog.tally import keep_tally

RETENTION: Final = register(
    Job(
        "log-retention",
        24 * 60 * 60,
        gettext_noop("Drop old log entries"),
        gettext_noop(
            "Removes events and finished revocations that are older than the retention, and makes "
            "room for the coming weeks."
        ),
    )
)

TALLY: Final = register(
    Job(
        "log-tally",
        2 * 60,
        gettext_noop("Count decisions"),
        gettext_noop(
            "Counts grants, denials and tokens by the hour, for the dashboard and the policies' "
            "pages."
        ),
    )
)

# Looked at every hour: a beat that was restarted would wait for a whole day first.
BEAT_SCHEDULE: Final[dict[str, dict[str, Any]]] = {
    RETENTION.name: {"task": "apps.systemlog.tasks.keep_log_tidy", "schedule": 3600.0},
    TALLY.name: {"task": "apps.systemlog.tasks.count_decisions", "schedule": 120.0},
}


@shared_task
def keep_log_tidy() -> None:
    """Retention, and partitions for the coming weeks."""
    run_job(RETENTION, _keep)


def _keep(progress: Progress) -> bool:
    return keep_log(cautious(timezone.now()), progress)


@shared_task
def count_decisions() -> None:
    """What arrived in the log since the last time."""
    run_job(TALLY, _tally)


def _tally(progress: Progress) -> bool:
    return keep_tally(timezone.now(), progress)
