"""JSON without blanks, as the token path writes it several times a request."""

import json
from collections.abc import Callable
from typing import Any, Final

import orjson

AS_JSON_HAS_IT: Final = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS


def compact(value: Any, default: Callable[[Any], Any] | None = None) -> str:
    """The text of a value; `default` makes one of what JSON doesn't know. TypeError without it."""
    try:
        return orjson.dumps(value, default, AS_JSON_HAS_IT).decode()
    except TypeError:  # beyond it are numbers above 64 bits, half a surrogate pair, other keys
        return json.dumps(value, default=default, separators=(",", ":"))
