"""What a line of a door is, and how lines are found by their cause."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Change = Callable[[Any], object]  # of the scene of this door


@dataclass(frozen=True)
class Line:
    """One cause through one door. `place`: the console's address or action that it proves."""

    change: Change
    undo: Change | None = None
    places: tuple[str, ...] = ()


@dataclass(frozen=True)
class Door:
    """A way to make changes: its lines by the cause's name; why the others can't be made so."""

    name: str
    lines: Mapping[str, Line]
    without: Mapping[str, str]


def by_name(*parts: Mapping[str, Any]) -> dict[str, Any]:
    """One table of several, no name twice."""
    joined: dict[str, Any] = {}
    for part in parts:
        assert not joined.keys() & part.keys(), joined.keys() & part.keys()
        joined |= part
    return joined
