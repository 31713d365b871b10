"""The outbox: a revoking change writes its job in its own transaction, and nudges a worker after
COMMIT.

Liveness never waits for the job: the epoch has already changed. A lost nudge is harmless, since
beat offers open jobs again.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any, Final

from django.db import transaction

from apps.systemlog.context import current
from apps.systemlog.models import RevocationJob
from apps.systemlog.nudge import nudge

TASK: Final = "apps.tokens.tasks.run_revocation_job"
_observed: ContextVar[list[RevocationJob] | None] = ContextVar("observed_jobs", default=None)


def enqueue(
    *,
    kind: str,
    object_id: str,
    cause: str,
    object_name: str = "",
    scope: Mapping[str, Any] | None = None,
) -> RevocationJob:
    """Write the outbox row of a revoking change. `kind` is as, client or user (the implicit
    event's family), or assignment, scope, policy, rule, key, token_policy; `scope` holds the ids
    that select the tokens."""
    job = RevocationJob.objects.create(
        kind=kind,
        object_id=object_id,
        object_name=object_name,
        cause=cause,
        scope=dict(scope or {}),
        reference=current().reference,
    )
    if (seen := _observed.get()) is not None:
        seen.append(job)
    transaction.on_commit(partial(offer, job.pk), robust=True)
    return job


@contextmanager
def observed() -> Iterator[list[RevocationJob]]:
    """The outbox rows that are written inside, in order: what a change would revoke."""
    jobs: list[RevocationJob] = []
    token = _observed.set(jobs)
    try:
        yield jobs
    finally:
        _observed.reset(token)


def offer(job_id: str) -> bool:
    """Tell a worker of the job; whether the broker took the message. It needn't: beat comes by."""
    return nudge(TASK, job_id)


def rows_left(job: RevocationJob) -> int | None:
    """How many rows a job has yet to look at: an estimate from how far it is, None while it is too
    early for one."""
    if job.state == RevocationJob.State.DONE:
        return 0
    if not job.rows_seen or job.progress < 5:
        return None
    return round(job.rows_seen * (1000 - job.progress) / job.progress)
