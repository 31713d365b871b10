"""F17 on shared statements: what the database gives up (serialization failure, deadlock) goes alone
and is done again as a whole, at most three times; after that nobody claims that it happened."""

from collections.abc import Mapping
from typing import Any

import psycopg
import pytest

from apps.systemlog.units import RETRIES
from apps.tokens.models import Grant
from apps.tokens.pipelined.lane import Lane, Row
from apps.tokens.store import StorageError
from tests.tokens.pipelined.calls import Bystander
from tests.tokens.pipelined.test_writes import EVENT, ending, families, written

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ERRORS = (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected)
SHARED = 1  # the statement that it shared with others goes first


def giving_up(monkeypatch: Any, times: int, error: type[psycopg.Error]) -> None:
    """So many statements that write fail before they did anything."""
    left = [error("given up") for _ in range(times)]
    execute = Lane.execute

    async def failing(lane: Lane, sql: str, values: Mapping[str, Any]) -> list[Row]:
        if left and sql.startswith("WITH"):
            raise left.pop()
        return await execute(lane, sql, values)

    monkeypatch.setattr(Lane, "execute", failing)


@pytest.mark.parametrize("error", ERRORS)
def test_F17_a_unit_that_is_given_up_is_done_again_as_a_whole(
    bystander: Bystander, monkeypatch: Any, error: type[psycopg.Error]
) -> None:
    (ident,) = families(1)
    giving_up(monkeypatch, SHARED + RETRIES, error)

    assert written([ending(ident)]) == [True]

    assert bystander.events(EVENT) == 1
    assert not Grant.objects.filter(revoked_at=None).exists()


@pytest.mark.parametrize("error", ERRORS)
def test_F17_after_three_more_tries_it_is_not_claimed(
    bystander: Bystander, monkeypatch: Any, error: type[psycopg.Error]
) -> None:
    (ident,) = families(1)
    giving_up(monkeypatch, SHARED + RETRIES + 1, error)

    (outcome,) = written([ending(ident)])

    assert isinstance(outcome, StorageError)
    assert bystander.events(EVENT) == 0
    assert Grant.objects.filter(revoked_at=None).exists()
