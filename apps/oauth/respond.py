"""The one place where protocol answers become HTTP: JSON, errors with their reference (R25),
CORS."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.http import HttpResponse

from apps.systemlog.compact import compact
from apps.systemlog.context import current
from authzsite.domain.errors import OAuthError

NO_STORE = {
    "Cache-Control": "no-cache, no-store",
    "Pragma": "no-cache",
    "X-Content-Type-Options": "nosniff",
}
JSON = {"Content-Type": "application/json"}


@dataclass(slots=True)
class Answer:
    """What goes back, whichever edge sends it: to make Django's response takes as long as
    signing."""

    content: bytes
    status_code: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def as_django(self) -> HttpResponse:
        """For Django's middleware and servers."""
        response = HttpResponse(self.content, status=self.status_code, headers=self.headers)
        if "Content-Type" not in self.headers:
            del response.headers["Content-Type"]
        return response


def json_answer(
    body: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None
) -> Answer:
    """JSON that nobody keeps."""
    return Answer(compact(body).encode(), status, {**JSON, **NO_STORE, **(headers or {})})


def json_response(body: Mapping[str, Any]) -> HttpResponse:
    """The same for Django."""
    return json_answer(body).as_django()


def empty_answer() -> Answer:
    """200 without body and without Content-Type: what Okta's browser library and others need of
    /revoke."""
    return Answer(b"", headers=dict(NO_STORE))


def error_uri() -> str:
    """Where an administrator reads why (R25); to everyone else it says nothing."""
    return f"{settings.BASE_URL}/admin/reference/{current().reference}/"


def error_body(error: OAuthError) -> dict[str, str]:
    """RFC 6749 §5.2."""
    return {"error": error.code, "error_description": error.description, "error_uri": error_uri()}


def error_answer(error: OAuthError) -> Answer:
    """The JSON answer to an error."""
    headers = {}
    if error.challenge:
        headers["WWW-Authenticate"] = error.challenge
    if error.retry_after:
        headers["Retry-After"] = str(error.retry_after)
    return json_answer(error_body(error), error.status, headers)


def error_response(error: OAuthError) -> HttpResponse:
    """The same for Django."""
    return error_answer(error).as_django()
