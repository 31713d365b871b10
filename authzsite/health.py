"""Liveness and readiness, for supervisors and load balancers; and for a monitor, whether anybody
cleans up."""

import functools
from datetime import datetime, timedelta

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from apps.servers.models import Installation
from apps.systemlog.job_states import STUCK_AFTER, Periodic, State, periodic_jobs


def live(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


def ready(request: HttpRequest) -> JsonResponse:
    """The database answers and has the schema that this code needs.

    Not the broker: tokens are issued and refused without a worker.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if not is_migrated():
            return JsonResponse({"status": "migrations pending"}, status=503)
    except DatabaseError:
        return JsonResponse({"status": "database unreachable"}, status=503)
    return JsonResponse({"status": "ok"})


def jobs(request: HttpRequest) -> JsonResponse:
    """Whether the periodic jobs run (F7): 503 and their names when they don't.

    Nobody is served worse for it, so readiness doesn't ask: what has expired or was revoked is
    refused anyway, only disk fills up (R14).
    """
    now = timezone.now()
    try:
        stalled = stalled_jobs(now)
    except DatabaseError:
        return JsonResponse({"status": "database unreachable"}, status=503)
    if stalled:
        return JsonResponse({"status": "clean-up stalled", "jobs": stalled}, status=503)
    return JsonResponse({"status": "ok"})


def stalled_jobs(now: datetime) -> list[str]:
    """The names of the periodic jobs that nobody runs although they are due."""
    found = periodic_jobs(now)
    never = [one for one in found if one.row.started is None]
    began = Installation.objects.values_list("created", flat=True).first() if never else None
    return sorted(
        one.job.name
        for one in found
        if one.state is State.STALLED or (one in never and is_overdue(one, began, now))
    )


def is_overdue(one: Periodic, began: datetime | None, now: datetime) -> bool:
    """Whether a job that has never run should have, in an installation that began then."""
    patience = 2 * timedelta(seconds=one.job.interval) + STUCK_AFTER
    return began is not None and began + patience <= now


class Pending(Exception):
    """Migrations are missing; raised so that the answer isn't remembered."""


@functools.cache
def remember_migrated() -> bool:
    """Once migrated, this process needn't look again."""
    if pending_migrations():
        raise Pending
    return True


def is_migrated() -> bool:
    """Whether every migration of this code is applied."""
    try:
        return remember_migrated()
    except Pending:
        return False


def pending_migrations() -> list[str]:
    """The migrations still to apply, in order."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [str(migration) for migration, _ in plan]
