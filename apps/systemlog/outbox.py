"""The outbox: a revoking change writes its job in its own transaction, and nudges a worker after
COMMIT.

Liveness never waits for the job: the epoch has already changed. A lost nudge is harmless, since
beat offers open jobs again.
"""

import logging
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from apps.systemlog.context import current
from apps.systemlog.models import RevocationJob

logger = logging.getLogger(__name__)


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
    transaction.on_commit(lambda: _nudge(job.pk), robust=True)
    return job


def _nudge(job_id: str) -> None:
    from celery import current_app

    current_app.send_task("apps.tokens.tasks.run_revocation_job", args=[job_id])
