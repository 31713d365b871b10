"""The budgets here are the DRF edge's; `tests/tokens/pipelined/test_statements.py` has the other
one's."""

from collections.abc import Iterator

import pytest

from tests import edge


@pytest.fixture(autouse=True)
def on_djangos_connection() -> Iterator[None]:
    """Whichever edge the run's other requests go through."""
    with edge.through(edge.WSGI):
        yield
