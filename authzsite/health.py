"""Liveness and readiness, for supervisors and load balancers."""

import functools

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse


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
