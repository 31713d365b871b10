"""Celery's tasks: runs of drafts, which are rows, a message says "look now"; unused clients."""

from functools import partial
from typing import Any, Final

from celery import shared_task
from django.utils.translation import gettext_noop

from apps.oauth.simulation.runs import work_off
from apps.oauth.unused import UNUSED_CLIENTS, find_unused
from apps.policies.services.what_if import JOB
from apps.systemlog.jobs import Job, register, run_job
from apps.tokens import clock

WHAT_IF: Final = register(
    Job(
        JOB,
        60,
        gettext_noop("Replay drafts of policies"),
        gettext_noop(
            "Tells what drafts would do to the decisions of the log and to the grants that live."
        ),
    )
)
BEAT_SCHEDULE: Final[dict[str, dict[str, Any]]] = {
    WHAT_IF.name: {"task": "apps.oauth.tasks.replay_drafts", "schedule": float(WHAT_IF.interval)},
    UNUSED_CLIENTS.name: {
        "task": "apps.oauth.tasks.find_unused_clients",
        "schedule": float(UNUSED_CLIENTS.interval),
    },
}


@shared_task
def replay_drafts() -> None:
    """Work off what is open."""
    run_job(WHAT_IF, partial(work_off, now=clock.now()), clock=clock.now)


@shared_task
def find_unused_clients() -> None:
    """One walk over all clients."""
    run_job(UNUSED_CLIENTS, partial(find_unused, now=clock.now()), clock=clock.now)
