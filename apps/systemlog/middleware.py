"""Gives every request its reference (R25): the context for events, and a header on the answer."""

from collections.abc import Callable

from django.conf import settings
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
        response.headers[HEADER] = context.reference
        response.headers["X-Okta-Request-Id"] = context.reference
        return response


def context_of(request: HttpRequest) -> RequestContext:
    """The request's facts for the log: never its query or body."""
    return RequestContext(
        ip_address=client_address(request)[:45],
        user_agent=request.META.get("HTTP_USER_AGENT", "")[:512],
        method=request.method or "",
        path=request.path[:512],
    )


def client_address(request: HttpRequest) -> str:
    """The peer's address, or the right-most untrusted hop behind configured proxies."""
    address = str(request.META.get("REMOTE_ADDR") or "")
    trusted: set[str] = set(getattr(settings, "TRUSTED_PROXIES", ()))
    hops = [
        hop.strip()
        for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if hop.strip()
    ]
    while address in trusted and hops:
        address = hops.pop()
    return address
