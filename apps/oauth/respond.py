"""The one place where protocol answers become HTTP: JSON, errors with their reference (R25),
CORS."""

from collections.abc import Mapping
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


def json_response(
    body: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """A JSON answer that nobody keeps."""
    response = HttpResponse(compact(body), status=status, content_type="application/json")
    for name, value in {**NO_STORE, **(headers or {})}.items():
        response.headers[name] = value
    return response


def empty_response() -> HttpResponse:
    """200 without body and without Content-Type: what Okta's browser library and others need of
    /revoke."""
    response = HttpResponse(b"", status=200, headers=NO_STORE)
    del response.headers["Content-Type"]
    return response


def error_uri() -> str:
    """Where an administrator reads why (R25); to everyone else it says nothing."""
    return f"{settings.BASE_URL}/admin/reference/{current().reference}/"


def error_body(error: OAuthError) -> dict[str, str]:
    """RFC 6749 §5.2."""
    return {"error": error.code, "error_description": error.description, "error_uri": error_uri()}


def error_response(error: OAuthError) -> HttpResponse:
    """The JSON answer to an error."""
    headers = {}
    if error.challenge:
        headers["WWW-Authenticate"] = error.challenge
    if error.retry_after:
        headers["Retry-After"] = str(error.retry_after)
    return json_response(error_body(error), error.status, headers)
