"""The one place where answers of the management APIs become HTTP."""

import json
from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpResponse

# Answers are trees that were built a moment ago; to look for cycles costs a sixth of a long list.
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, check_circular=False)
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """A JSON answer that nobody keeps; the body may be a bare value."""
    return HttpResponse(
        _ENCODER.encode(body),
        status=status,
        content_type="application/json",
        headers={**HEADERS, **(headers or {})},
    )


def no_content(headers: Mapping[str, str] | None = None) -> HttpResponse:
    """204."""
    response = HttpResponse(status=204, headers={**HEADERS, **(headers or {})})
    del response.headers["Content-Type"]
    return response


def errors(text: str, status: int, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """Identity Cloud's error body: one member, one text."""
    return answer({"errors": text}, status, headers)
