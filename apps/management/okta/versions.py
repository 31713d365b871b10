"""`ETag`, `If-None-Match` and `If-Match` (RFC 9110 §13): the validator is a digest of what a GET
shows, so it can't miss a change."""

import hashlib

from django.http import HttpResponse
from rest_framework.request import Request

from apps.management.okta.faults import Fault


def etag_of(content: bytes) -> str:
    """A strong validator."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def with_etag(request: Request, response: HttpResponse) -> HttpResponse:
    """The answer of a GET with its validator, or 304 when the caller has it already."""
    if request.method not in {"GET", "HEAD"} or response.status_code != 200:
        return response
    tag = etag_of(response.content)
    if tag in _tags(request.META.get("HTTP_IF_NONE_MATCH", "")):
        response = _not_modified(response)
    response.headers["ETag"] = tag
    return response


def check_precondition(wanted: str, shown: HttpResponse) -> None:
    """412 unless the present state, as a GET shows it, is the one that the caller has seen."""
    if etag_of(shown.content) not in _tags(wanted):
        raise Fault(412, "E0000195", "The resource has changed since it was read.")


def _tags(header: str) -> set[str]:
    return {tag.strip() for tag in header.split(",") if tag.strip()}


def _not_modified(response: HttpResponse) -> HttpResponse:
    kept = {
        k: v for k, v in response.headers.items() if k not in {"Content-Type", "Content-Length"}
    }
    answer = HttpResponse(status=304, headers=kept)
    del answer.headers["Content-Type"]
    return answer
