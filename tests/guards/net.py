"""Services in tests that roll back: each of their transactions ends as a commit would end it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.db.transaction import Atomic


@contextmanager
def transactions_that_end(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A test's own transaction hides where a service's ends: there, the waiting checks run and
    what the transaction remembers is forgotten. On PostgreSQL only."""
    depth, leave = len(connection.savepoint_ids), Atomic.__exit__

    def end(block: Atomic, *failure: Any) -> None:
        leave(block, *failure)
        if failure[0] is None and len(connection.savepoint_ids) == depth:
            end_transaction()

    if connection.vendor == "postgresql":
        monkeypatch.setattr(Atomic, "__exit__", end)
    yield
    monkeypatch.setattr(Atomic, "__exit__", leave)


def end_transaction() -> None:
    """What COMMIT does for the net."""
    connection.check_constraints()
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('authzsite.noted', '', true)")


@contextmanager
def unguarded() -> Iterator[None]:
    """Triggers sleep: for what no write does, such as time that passes."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        yield
        cursor.execute("SET session_replication_role = origin")
