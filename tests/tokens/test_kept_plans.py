"""The statements of the token path are planned once for each connection, and anew after a migration
(F26)."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.db import connection

from apps.tokens.django_store import DjangoStore
from apps.tokens.drive import drive
from apps.tokens.store import Lookup
from tests.factories import make_server

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
WIDTH = "ALTER TABLE servers_authorizationserver ALTER COLUMN status TYPE varchar({})"


def run(sql: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall()) if cursor.description else []


@pytest.fixture(autouse=True)
def one_kind_of_look_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has read of open cutoffs asks for them, which is another statement."""
    monkeypatch.setattr(DjangoStore, "asks_for_cutoffs", False)


@pytest.fixture
def width() -> Iterator[int]:
    """That of a column which every look-up reads; afterwards it is what it was."""
    found = run(
        "SELECT character_maximum_length FROM information_schema.columns"
        " WHERE table_name = 'servers_authorizationserver' AND column_name = 'status'"
    )
    (length,) = found[0]
    assert isinstance(length, int)
    yield length
    run(WIDTH.format(length))


def is_found(server_id: str) -> bool:
    now = datetime.now(UTC)
    return drive(DjangoStore().read(server_id, "nobody", Lookup(), now)).server is not None


def plans() -> set[object]:
    """The names of all that the connection has; it has served other tests."""
    found = run(
        "SELECT name FROM pg_prepared_statements WHERE statement LIKE '%servers_installation i%'"
    )
    return {name for (name,) in found}


def test_a_look_up_is_planned_once() -> None:
    server = make_server()
    assert is_found(server.pk)
    once = plans()
    assert once
    for _ in range(3):
        assert is_found(server.pk)
    assert plans() == once


def test_F26_a_plan_that_a_migration_made_useless_is_made_anew(width: int) -> None:
    server = make_server()
    assert is_found(server.pk)
    with connection.cursor() as cursor:  # as another process does it: ours doesn't hear of it
        cursor.connection.pgconn.exec_(WIDTH.format(width + 1).encode())
    assert is_found(server.pk) and is_found(server.pk)
    assert len(plans()) == 1, "all were forgotten, one was made"
