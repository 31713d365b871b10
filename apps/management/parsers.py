"""JSON bodies, strictly: one reading for every parser, no member lost, nothing a database refuses.

Python's own reader takes duplicate keys, NaN, lone surrogates and depths that exhaust the stack.
"""

import json
import math
import re
from typing import Any, NoReturn

from django.http import HttpRequest

from apps.management.exceptions import Refusal
from authzsite.domain.limits import MAX_JSON_BODY_LENGTH, MAX_JSON_DEPTH

MEDIA_TYPE = "application/json"
# A lone surrogate is no character, and a NUL can't be stored (rows 14, 16).
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def read_object(request: HttpRequest) -> dict[str, Any]:
    """The body as an object. Raises Refusal: 400, 413 or 415."""
    media_type, _, parameters = request.META.get("CONTENT_TYPE", "").partition(";")
    if media_type.strip().lower() != MEDIA_TYPE or not _is_utf8(parameters):
        raise Refusal(415, f"The body must be {MEDIA_TYPE} in UTF-8.")
    if request.META.get("HTTP_CONTENT_ENCODING", "identity").lower() != "identity":
        raise Refusal(415, "Encoded bodies are not accepted.")
    value = parse_json(_body(request))
    if not isinstance(value, dict):
        raise Refusal(400, "The body must be a JSON object.")
    return value


def parse_json(raw: bytes) -> Any:
    """The value of a JSON text. Raises Refusal 400."""
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_members,
            parse_float=_finite,
            parse_constant=_constant,
        )
    except (ValueError, RecursionError):
        raise Refusal(400, "The body is not valid JSON.") from None
    _check(value, MAX_JSON_DEPTH)
    return value


def _is_utf8(parameters: str) -> bool:
    name, _, value = parameters.partition("=")
    is_charset = name.strip().lower() == "charset"
    return not is_charset or value.strip().strip('"').lower() in {"utf-8", "utf8", "us-ascii"}


def _body(request: HttpRequest) -> bytes:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length[:20]) > MAX_JSON_BODY_LENGTH:
        raise Refusal(413, "The body is too large.")
    return request.body


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a member twice")
    return members


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("no finite number")
    return number


def _constant(name: str) -> NoReturn:
    raise ValueError(name)


def _check(value: Any, depth: int) -> None:
    """Bounded depth, and only texts that can be stored."""
    if depth < 0:
        raise Refusal(400, f"The body is nested deeper than {MAX_JSON_DEPTH} levels.")
    if isinstance(value, str) and _UNSTORABLE.search(value):
        raise Refusal(400, "The body holds a text that can't be stored.")
    if isinstance(value, dict):
        for name, member in value.items():
            _check(name, depth)
            _check(member, depth - 1)
    elif isinstance(value, list):
        for item in value:
            _check(item, depth - 1)
