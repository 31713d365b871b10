"""Keys are made once for all scenes: RSA takes longer than everything else together."""

from itertools import count
from typing import Any

import pytest

from apps.servers.keys import KeyPair, generate_key

PAIRS: dict[tuple[str, int], KeyPair] = {}


@pytest.fixture(autouse=True)
def quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = count()

    def cached(alg: str) -> Any:
        which = (alg, next(numbers))
        if which not in PAIRS:
            PAIRS[which] = generate_key(alg)
        return PAIRS[which]

    monkeypatch.setattr("apps.servers.services.keys.generate_key", cached)
