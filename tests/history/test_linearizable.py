"""Revocation is linearizable: no token is ever active after what ended it was acknowledged, none
dies without a cause, and none comes back (I1, I2, I6); over HTTP, with four web processes."""

from collections.abc import Callable
from typing import Final

import pytest

from tests.history.conftest import Serve
from tests.history.kinds import WANTED
from tests.history.launch import drive

OPERATIONS: Final = 20_000
SECONDS: Final = 150.0  # what fits into this, where the machine is slower
LEAST: Final = 500  # operations without which nothing was tested


@pytest.mark.postgres
def test_no_token_outlives_its_revocation_and_none_dies_without_one(
    serve: Serve, record_property: Callable[[str, object], None]
) -> None:
    report = drive(serve(), OPERATIONS, SECONDS)
    amount = f"{report['operations']} operations in {report['seconds']:.0f} s"
    record_property("measured", amount)
    assert report["faults"] == [], report["said"][:200]
    assert report["errors"] == [], report["complaints"]
    assert report["failures"] == {}, report["complaints"]  # no 5xx, no lost answer
    assert report["operations"] >= LEAST
    assert report["looks"]["active"] and report["looks"]["inactive"]
    assert report["granted"]["JWT"] and report["granted"]["opaque"]
    kinds = report["revocations"].keys()
    assert [kind for kind, labels in WANTED.items() if kinds.isdisjoint(labels)] == []
    # Eventually, the rows say what has been true all along (I5).
    assert report["open_jobs"] == 0
    assert report["unmarked"] == []
