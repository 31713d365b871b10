"""The history test proves itself: against builds that are wrong on purpose it has to fail."""

import re
from typing import Final

import pytest

from tests.history.conftest import Serve
from tests.history.launch import drive

OPERATIONS: Final = 10_000
SECONDS: Final = 400.0
CAUGHT: Final = re.compile(
    r"active after it was dead|dead without a cause|^refused without a cause"
)
pytestmark = pytest.mark.postgres


@pytest.mark.parametrize(
    "bug",
    [
        pytest.param("cache", id="readings are kept for a second"),
        pytest.param("stamp", id="epochs are read again after the decision"),
    ],
)
def test_it_catches_a_build_where(bug: str, serve: Serve) -> None:
    # As disturbed: what else such a build answers (it may be a 503) isn't what it is caught by.
    report = drive(serve(bug), OPERATIONS, SECONDS, "--skip-settling", "--is-disturbed")
    assert report["operations"] <= OPERATIONS + 100  # what was under way at the end
    assert report["faults"]
    assert [fault for fault in report["faults"] if not CAUGHT.search(fault)] == []
