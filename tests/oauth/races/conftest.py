"""Races are what the edges could differ in: each goes through both."""

import pytest


@pytest.fixture(autouse=True)
def both_edges(each_edge: str) -> None:
    """One after the other."""
