"""On PostgreSQL the net under the services watches every line of the table, and catches nothing:
versions, epochs and outbox rows are exactly as the services write them (row 293)."""

from collections.abc import Iterator

import pytest
from django.db import connection

from tests.guards.bypass import jobs, told
from tests.guards.net import end_transaction, transactions_that_end


@pytest.fixture(autouse=True)
def no_service_is_caught(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    if connection.vendor != "postgresql" or not request.node.get_closest_marker("django_db"):
        yield
        return
    request.getfixturevalue("db")
    with transactions_that_end(monkeypatch):
        yield
        end_transaction()
    assert told() == [] and jobs() == []


@pytest.fixture(autouse=True)
def both_edges(each_edge: str) -> None:
    """What is dead is dead, whichever is asked."""
