"""A web process that is ready has set aside what never becomes garbage: else each full collection
stops all of its threads for as long as a request may take (and a long list causes one)."""

from pathlib import Path

import pytest

from tests.processes import Installation

COUNT = "import authzsite.{} , gc; print(gc.get_freeze_count(), len(gc.get_objects()))"


@pytest.mark.parametrize("edge", ["wsgi", "asgi"])
def test_a_full_collection_leaves_out_what_start_up_has_made(tmp_path: Path, edge: str) -> None:
    frozen, left = map(int, Installation(tmp_path).run("-c", COUNT.format(edge)).split())
    assert frozen > 100_000 and left < frozen / 50
