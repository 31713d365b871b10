"""Bars over time, drawn by the server: numbers in, places of an SVG out."""

from collections.abc import Sequence
from typing import Any, Final

WIDTH: Final = 600
HEIGHT: Final = 96
GAP: Final = 0.25  # of a bar's room
LEAST: Final = 2  # what isn't nothing is seen


def chart(
    title: str, columns: Sequence[tuple[str, int]], *, href: str = "", tone: str = ""
) -> dict[str, Any]:
    """What `components/chart.html` shows: a bar for each (label, number), oldest first."""
    most = max((number for _, number in columns), default=0)
    room = WIDTH / max(len(columns), 1)
    bars = [
        {
            "x": f"{at * room + room * GAP / 2:.2f}",
            "y": f"{HEIGHT - _height(number, most):.2f}",
            "width": f"{room * (1 - GAP):.2f}",
            "height": f"{_height(number, most):.2f}",
            "label": label,
            "number": number,
        }
        for at, (label, number) in enumerate(columns)
    ]
    return {
        "title": title,
        "total": f"{sum(number for _, number in columns):,}",
        "most": most,
        "bars": bars,
        "href": href,
        "tone": tone,
        "width": WIDTH,
        "height": HEIGHT,
        "first": columns[0][0] if columns else "",
        "last": columns[-1][0] if columns else "",
    }


def _height(number: int, most: int) -> float:
    return max(HEIGHT * number / most, LEAST) if number else 0
