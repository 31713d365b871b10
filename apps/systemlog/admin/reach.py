"""What a change would end, counted by the apps above: they register, the pages below ask.

An app of tokens knows how many tokens a server has; the server's page must not import it.
"""

from collections.abc import Callable
from typing import Any

Counter = Callable[[dict[str, str]], list[dict[str, Any]]]
_counters: list[Counter] = []


def register(counter: Counter) -> Counter:
    """Add a counter; it answers with cards for those members that it understands."""
    _counters.append(counter)
    return counter


def cards(**members: str) -> list[dict[str, Any]]:
    """What stands on these: `cards(server_id=...)`, `cards(client_id=..., user_id=...)`."""
    return [card for counter in _counters for card in counter(members)]
