"""`filter` of small lists: comparisons with `eq`, joined by `and`."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from django.db.models import Q

from apps.management.okta.faults import Fault

MAX_PARTS: Final = 10
_PART: Final = re.compile(
    r"\s*([A-Za-z][A-Za-z0-9_.]*)\s+eq\s+(true|false|\"(?:[^\"\\]|\\.)*\")\s*(?:and(?=\s)|$)",
    re.IGNORECASE,
)


def filtered(text: str, columns: Mapping[str, str]) -> Q:
    """The condition of a filter. `columns`: what may be compared (wire → model field; those of
    flags begin with `is_`). Raises 400 E0000053."""
    found, place, parts = Q(), 0, 0
    while place < len(text) or not parts:
        match = _PART.match(text, place)
        parts += 1
        if match is None or match[1] not in columns or parts > MAX_PARTS:
            raise _unreadable(columns)
        found &= _comparison(columns[match[1]], match[2], columns)
        place = match.end()
    if re.search(r"\band\s*$", text, re.IGNORECASE):
        raise _unreadable(columns)
    return found


def _comparison(column: str, literal: str, columns: Mapping[str, str]) -> Q:
    try:
        value: Any = json.loads(literal if literal[0] == '"' else literal.lower())
    except ValueError:
        raise _unreadable(columns) from None
    if isinstance(value, bool) is not column.startswith("is_"):
        raise _unreadable(columns)
    return Q(**{column: value})


def _unreadable(columns: Mapping[str, str]) -> Fault:
    known = ", ".join(columns)
    cause = f'filter: must be comparisons such as name eq "x", joined by and, of {known}'
    return Fault(400, "E0000053", "Invalid filter", [cause])
