"""Celery's tasks for tokens. A message only says "look now"; what is to be done are rows."""

import logging
import time
from typing import Any, Final

from celery import shared_task

from apps.tokens import clock, sweeps
from apps.tokens.cascade import advance, open_jobs

logger = logging.getLogger(__name__)
RUN_SECONDS: Final = 20.0  # then the task makes room for others and comes back
PAUSE_SECONDS: Final = 0.02  # between batches, for everyone else

BEAT_SCHEDULE: Final[dict[str, dict[str, Any]]] = {
    "offer-revocation-jobs": {
        "task": "apps.tokens.tasks.offer_revocation_jobs",
        "schedule": 60.0,
    },
    "sweep-expired": {"task": "apps.tokens.tasks.sweep_expired", "schedule": 300.0},
    "maintain-keys": {"task": "apps.tokens.tasks.maintain_keys", "schedule": 3600.0},
}


@shared_task
def run_revocation_job(job_id: str) -> None:
    """Carry out one job of the outbox, or go on with it; harmless when it is done or taken."""
    deadline = time.monotonic() + RUN_SECONDS
    while advance(job_id, clock.now()):
        if time.monotonic() > deadline:
            run_revocation_job.delay(job_id)
            return
        time.sleep(PAUSE_SECONDS)


@shared_task
def offer_revocation_jobs() -> None:
    """Offer every job that isn't done again: the broker may have lost its message."""
    for job_id in open_jobs():
        run_revocation_job.delay(job_id)


@shared_task
def sweep_expired() -> None:
    """Delete what is over."""
    sweeps.sweep_expired(clock.now())


@shared_task
def maintain_keys() -> None:
    """Rotate and drop signing keys that are due."""
    sweeps.maintain_keys(clock.now())
