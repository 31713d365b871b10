"""Gives every request its reference (R25): the context for events, and a header on the answer."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from apps.systemlog.context import RequestContext, use

HEADER = "X-Request-Reference"


class RequestContextMiddleware:
    """Outermost middleware: everything inside can record events of this request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with use(context_of(request)) as context:
            response = self.get_response(request)
        add_reference(response.headers, context)
        return response


def add_reference(headers: Any, context: RequestContext) -> None:
    """Give an answer's headers its reference (R25), under our name and Okta's."""
    headers[HEADER] = headers["X-Okta-Request-Id"] = context.reference


def context_of(request: HttpRequest) -> RequestContext:
    """The request's facts for the log: never its query or body. The address is the caller's, behind
    proxies too (`authzsite.middleware.TrustedProxies`)."""
    return RequestContext(
        ip_address=str(request.META.get("REMOTE_ADDR") or "")[:45],
        user_agent=request.META.get("HTTP_USER_AGENT", "")[:512],
        method=request.method or "",
        path=_plain_path(request.path)[:512],
    )


def _plain_path(path: str) -> str:
    """The path without what follows `/key/`: a link from a mail carries its secret there."""
    plain, key, _ = path.partition("/key/")
    return plain + key
