"""Databases and installations for histories: real servers, which end with the test."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conftest import require
from tests.history.launch import database, serving
from tests.processes import Installation, installation

Serve = Callable[..., Installation]


@pytest.hookimpl(trylast=True)  # after the order that databases want
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Histories begin first: they take longest, and nobody is to wait for them at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith("tests/history/"))


@pytest.fixture(scope="session")
def migrated() -> Iterator[tuple[str, str]]:
    """The server's URL and the name of a database with the present schema: the template of each
    history's own."""
    import os

    url = require("PostgreSQL", os.environ.get("SERVICE_DATABASE_URL"))
    with tempfile.TemporaryDirectory(prefix="authzsite-history-") as folder, database(url) as own:
        with installation(Path(folder) / "data", DATABASE_URL=own) as made:
            made.manage("migrate", "--verbosity", "0")
        yield url, own.rpartition("/")[2]


@pytest.fixture
def serve(tmp_path: Path, migrated: tuple[str, str], redis_url: str) -> Iterator[Serve]:
    """Web processes and a worker on a database of their own."""
    with ExitStack() as stack:

        def start(bug: str = "") -> Installation:
            own = stack.enter_context(database(*migrated))
            environment = {"REDIS_URL": f"{redis_url.rpartition('/')[0]}/15"}
            made = serving(tmp_path / "data", own, bug=bug, **environment)
            return stack.enter_context(made)

        yield start
