"""An organisation with one configuration client that may do everything."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from apps.servers import keys
from apps.servers.services import ensure_organization_server
from apps.servers.services import keys as key_services
from apps.systemlog.ids import new_id
from tests.management.caller import Caller, enrol

PAIRS: dict[tuple[str, int], Any] = {}


@pytest.fixture(autouse=True)
def organization(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The organisation's own server, with keys that are made once for all tests."""
    numbers = count()

    def cached(alg: str) -> Any:
        number = (alg, next(numbers) % 32)
        if number not in PAIRS:
            PAIRS[number] = keys.generate_key(alg)
        return PAIRS[number]

    monkeypatch.setattr(key_services, "generate_key", cached)
    ensure_organization_server()
    yield


@pytest.fixture
def admin() -> Caller:
    """A configuration client whose policy allows everything, with a token that does."""
    return enrol("*:**")


@pytest.fixture
def spare() -> Caller:
    """A second such client, so that neither is the last one (R23)."""
    return enrol("*:**")


@pytest.fixture
def unknown_id() -> str:
    """An id that names nothing."""
    return new_id("0oa")
