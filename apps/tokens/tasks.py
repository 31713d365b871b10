"""Celery's tasks for tokens. A message only says "look now"; what is to be done are rows."""

import logging
import time
from functools import partial
from itertools import takewhile
from typing import Any, Final

from celery import shared_task
from django.utils.translation import gettext_noop

from apps.systemlog.batches import cautious
from apps.systemlog.jobs import Job, Progress, register, run_job
from apps.systemlog.outbox import offer
from apps.tokens import clock, cutoffs, sweeps, validity
from apps.tokens.cascade import QUIET, advance, fail, open_jobs

logger = logging.getLogger(__name__)
RUN_SECONDS: Final = 20.0  # then the task makes room for others and comes back
PAUSE_SECONDS: Final = 0.02  # between batches, for everyone else

OFFER: Final = register(
    Job(
        "offer-revocation-jobs",
        60,
        gettext_noop("Offer waiting revocations again"),
        gettext_noop(
            "Hands open revocations to the workers once more, in case a message was lost."
        ),
    )
)
SWEEP: Final = register(
    Job(
        "sweep-expired",
        300,
        gettext_noop("Delete what is over"),
        gettext_noop(
            "Removes expired and idle grants, tokens and sessions. They are refused without it, "
            "too."
        ),
    )
)
KEYS: Final = register(
    Job(
        "maintain-keys",
        3600,
        gettext_noop("Rotate and drop signing keys"),
        gettext_noop(
            "Makes the next key the current one when it is due, and drops keys that have served."
        ),
    )
)
CUTOFFS: Final = register(
    Job(
        "close-cutoffs",
        3600,
        gettext_noop("Close explicit revocations"),
        gettext_noop(
            "Marks what came late, then stops asking for revocations that no token is left for."
        ),
    )
)

FOLLOW: Final = register(
    Job(
        "follow-validity",
        60,
        gettext_noop("Follow ends of validity"),
        gettext_noop(
            "Marks tokens whose assignment or rule was for a time that is over. They died with it."
        ),
    )
)

BEAT_SCHEDULE: Final[dict[str, dict[str, Any]]] = {
    job.name: {"task": f"apps.tokens.tasks.{task}", "schedule": float(job.interval)}
    for job, task in (
        (OFFER, "offer_revocation_jobs"),
        (SWEEP, "sweep_expired"),
        (KEYS, "maintain_keys"),
        (FOLLOW, "follow_validity"),
        (CUTOFFS, "close_cutoffs"),
    )
}


@shared_task
def run_revocation_job(job_id: str) -> None:
    """Carry out one job of the outbox, or go on with it; harmless when it is done or taken."""
    deadline = time.monotonic() + RUN_SECONDS
    try:
        is_open = advance(job_id, clock.now(), is_new=True)
        while is_open and time.monotonic() < deadline:
            time.sleep(PAUSE_SECONDS)
            is_open = advance(job_id, clock.now())
    except Exception as error:
        fail(job_id, error)
        raise
    if is_open:
        offer(job_id)


@shared_task
def offer_revocation_jobs() -> None:
    """Offer every job that isn't done again: the broker may have lost its message."""
    run_job(OFFER, _offer, clock=clock.now)


def _offer(progress: Progress) -> None:
    """Those that no worker has advanced lately. A broker that takes nothing is left alone."""
    waiting = open_jobs(quiet_since=clock.now() - QUIET)
    offered = sum(1 for _ in takewhile(offer, waiting))
    progress.report(rows=offered, table="offered", left=len(waiting) - offered)


@shared_task
def sweep_expired() -> None:
    """Delete what is over."""
    run_job(SWEEP, _sweep, clock=clock.now)


def _sweep(progress: Progress) -> bool:
    return sweeps.sweep_expired(cautious(clock.now()), progress)


@shared_task
def maintain_keys() -> None:
    """Rotate and drop signing keys that are due."""
    run_job(KEYS, partial(sweeps.maintain_keys, clock.now()), clock=clock.now)


@shared_task
def close_cutoffs() -> None:
    """Start the last marking of the explicit revocations that are over."""
    run_job(CUTOFFS, _close, clock=clock.now)


def _close(progress: Progress) -> None:
    """The marking itself is a job of the outbox, which takes the cutoff away when it is done."""
    progress.report(rows=cutoffs.close_due(clock.now()), table="cutoffs")


@shared_task
def follow_validity() -> None:
    """Let the cascade follow assignments and rules whose time is over."""
    run_job(FOLLOW, validity.follow_ends, clock=clock.now)
