"""The query of a call: known members only, each once (row 276)."""

from typing import Final
from urllib.parse import parse_qsl

from rest_framework.request import Request

from apps.management.okta.faults import invalid
from apps.servers.services.rows import is_text

MAX_VALUE_LENGTH: Final = 4096


def parameters(request: Request, *allowed: str) -> dict[str, str]:
    """The members of the query by name. 400 for one that is unknown or given twice: a list that
    ignored a filter would show more than was asked for."""
    raw = request._request.META.get("QUERY_STRING", "")
    pairs = parse_qsl(raw, keep_blank_values=True, errors="replace")
    found = dict(pairs)
    if len(found) < len(pairs):
        raise invalid("query", "a parameter was given twice")
    for name, value in found.items():
        if name not in allowed:
            raise invalid(name[:100], f"is not known; known are {', '.join(allowed) or 'none'}")
        if not is_text(value) or len(value) > MAX_VALUE_LENGTH:
            raise invalid(name, "is not a text that can be searched for")
    return found


def flag(found: dict[str, str], name: str, *, default: bool = False) -> bool:
    """`true` or `false`."""
    text = found.get(name, str(default).lower())
    if text not in {"true", "false"}:
        raise invalid(name, "must be true or false")
    return text == "true"


def whole_number(found: dict[str, str], name: str, *, default: int, least: int, most: int) -> int:
    """A number, capped at `most` (row 275)."""
    text = found.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdecimal()) or int(text[:12]) < least:
        raise invalid(name, f"must be a whole number of at least {least}")
    return min(int(text[:12]), most)
