"""A shop out of a file."""

from functools import cache
from itertools import count

import pytest

from apps.management.configuration import run
from apps.servers.keys import KeyPair, generate_key
from tests.configuration.files import PASSWORD, SHOP, WEB_SECRET


@pytest.fixture
def shop(db: None, monkeypatch: pytest.MonkeyPatch) -> run.Result:
    """The file `SHOP`, carried out."""
    monkeypatch.setenv("ALICE_PASSWORD", PASSWORD)
    monkeypatch.setenv("WEB_SECRET", WEB_SECRET)
    return run.apply(SHOP.encode())


@pytest.fixture(autouse=True)
def quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """RSA keys take a while, and every test needs four: made once, used by each test anew."""
    numbers = count()
    monkeypatch.setattr(
        "apps.servers.services.keys.generate_key", lambda alg: made_key(alg, next(numbers))
    )


@cache
def made_key(alg: str, number: int) -> KeyPair:
    """The key of this number."""
    return generate_key(alg)
