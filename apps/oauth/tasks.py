"""Celery's tasks of simulations: runs of drafts are rows, a message says "look now"."""

from functools import partial
from typing import Any, Final

from celery import shared_task

from apps.oauth.simulation.runs import work_off
from apps.policies.services.what_if import JOB
from apps.systemlog.jobs import Job, register, run_job
from apps.tokens import clock

WHAT_IF: Final = register(
    Job(
        JOB,
        60,
        "Replay drafts of policies",
        "Tells what drafts would do to the decisions of the log and to the grants that live.",
    )
)
BEAT_SCHEDULE: Final[dict[str, dict[str, Any]]] = {
    WHAT_IF.name: {"task": "apps.oauth.tasks.replay_drafts", "schedule": float(WHAT_IF.interval)}
}


@shared_task
def replay_drafts() -> None:
    """Work off what is open."""
    run_job(WHAT_IF, partial(work_off, now=clock.now()), clock=clock.now)
