"""What the tests of refresh tokens share."""

import pytest

from apps.tokens import clock as edge
from tests.oauth.grants_fixture import Clock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time of the protocol endpoints stands still until it is moved."""
    moved = Clock(edge.now())
    monkeypatch.setattr(edge, "now", moved)
    return moved
