"""Its lanes commit, so each test's database is a real one."""

import asyncio
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from apps.tokens.pipelined import coalescer, lane, store
from apps.tokens.pipelined.lane import connection_parameters
from authzsite import arrival, pipelined
from tests import edge
from tests.tokens.pipelined.calls import LANE, Bystander


@pytest.fixture(autouse=True)
def real_parts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Not those of tests/edge.py, through which the whole run may go."""
    monkeypatch.setattr(store, "Lane", lane.Lane)
    monkeypatch.setattr(store, "Coalescer", coalescer.Coalescer)
    monkeypatch.setattr(store, "connection_parameters", named_parameters)
    monkeypatch.setattr(pipelined, "timeout", asyncio.timeout)
    monkeypatch.setattr(arrival, "timeout", asyncio.timeout)
    monkeypatch.setattr(pipelined, "Compiling", edge.REAL_COMPILING)
    with edge.through(edge.WSGI):
        yield


def named_parameters() -> dict[str, Any]:
    """So that lanes can be told from all other connections."""
    return connection_parameters() | {"application_name": LANE}


@pytest.fixture
def bystander(transactional_db: None) -> Iterator[Bystander]:
    """Somebody else with a connection: who holds locks, and looks."""
    with psycopg.connect(**connection_parameters(), autocommit=True) as connection:
        yield Bystander(connection)
