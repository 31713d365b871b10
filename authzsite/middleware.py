"""Two lists of middleware in one: protocol requests skip what belongs to pages.

A token request has no session, no messages, no CSRF token and no user of the console; looking for
them would cost it a statement and give an attacker a surface.
"""

import ipaddress
import logging
import re
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.common import CommonMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.deprecation import MiddlewareMixin

from apps.oauth.authorize.pages import waiting_sources
from apps.systemlog.context import current
from authzsite import logs
from authzsite.env import Network
from authzsite.postgresql import patience

PROTOCOL = re.compile(
    r"/oauth2/[^/]+/(?!v1/(?:authorize|logout)(?:/|$))"  # all of a server but its two pages
    r"|/api/v1/|/\.well-known/"
    r"|/health/|/metrics$"
    r"|/(?!admin/|accounts/)[^/]+/(?:config/|login/(?:token|jwk|\.well-known)(?:/|$))"
)
DULL = ("health/", "metrics")
SIGN_IN = "/accounts/"
PROGRAM_SECONDS, PERSON_SECONDS = 4.0, 20.0  # the latter: longer than any statement may run
FORWARDING = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_REAL_IP", "HTTP_FORWARDED")
UNKNOWN_PROXY = "authzsite.unknown_proxy"
"""In META when somebody has forwarded the request whom TRUSTED_PROXIES doesn't name: its address
says nothing of the caller."""
HEADERS = {
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Resource-Policy": "same-origin",
}

access = logging.getLogger("authzsite.access")
Handler = Callable[[HttpRequest], HttpResponseBase]


def is_protocol(request: HttpRequest) -> bool:
    """Whether a program asks, not a browser page."""
    return PROTOCOL.match(request.path_info) is not None


class TrustedProxies:
    """Believes X-Forwarded-For and -Proto from the proxies we know, and from nobody else."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Set REMOTE_ADDR to the caller."""
        self.believe(request)
        return self.get_response(request)

    def believe(self, request: HttpRequest) -> None:
        """The same, of a request that goes another way."""
        if self.is_trusted(request.META.get("REMOTE_ADDR", "")):
            hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
            strangers = [hop.strip() for hop in hops if hop.strip() and not self.is_trusted(hop)]
            # The last hop that isn't ours: those before it are the caller's own claims.
            request.META["REMOTE_ADDR"] = (strangers or [request.META["REMOTE_ADDR"]])[-1]
        else:
            request.META.pop("HTTP_X_FORWARDED_PROTO", None)
            if any(name in request.META for name in FORWARDING):
                request.META[UNKNOWN_PROXY] = True
        request.META.pop("HTTP_X_FORWARDED_FOR", None)

    def is_trusted(self, address: str) -> bool:
        """Whether an address is one of our proxies."""
        return _is_within(address.strip(), tuple(settings.TRUSTED_PROXIES))


@lru_cache(4096)  # it is asked for every request
def _is_within(address: str, networks: tuple[Network, ...]) -> bool:
    try:
        peer = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(peer in network for network in networks)


class DatabasePatience:
    """Bounds what a request waits for PostgreSQL, all in all: a backend that hangs can't (F14)."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Programs retry; people may have asked for something that takes its time."""
        with patience.until(PROGRAM_SECONDS if is_protocol(request) else PERSON_SECONDS):
            return self.get_response(request)


class RequestLog:
    """One access line per request, and the reference of its errors (rule R25) on every log line."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Inside the middleware that makes the reference, outside of everything else."""
        token = logs.request_id.set(current().reference)
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            if isinstance(response, HttpResponse):
                response.headers.setdefault("Content-Length", str(len(response.content)))
            write_access_line(request, response.status_code, time.perf_counter() - started)
            return response
        finally:
            logs.request_id.reset(token)


def write_access_line(request: HttpRequest, status: int, seconds: float) -> None:
    """The route, not the path: a path may carry the token of a reset link."""
    match = request.resolver_match
    is_dull = match.route.startswith(DULL) if match else status < 400
    if is_dull:  # probes and static files
        return
    extra = {
        "method": request.method,
        "route": match.route if match else None,
        "status": status,
        "milliseconds": round(seconds * 1000, 1),
    }
    access.info("request", extra=extra)


class PagesOnly(MiddlewareMixin):
    """Mixed in before a middleware of Django's style: protocol requests go around it."""

    def __call__(self, request: HttpRequest) -> Any:
        """Through the middleware for pages, past it for programs."""
        return self.get_response(request) if is_protocol(request) else super().__call__(request)


class PageHeaders(PagesOnly, XFrameOptionsMiddleware):
    """What browsers are told about pages beside the Content-Security-Policy."""

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        """Only what the view hasn't set itself."""
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return super().process_response(request, response)


class PageSecurityPolicy(PagesOnly, CSPMiddleware):
    """Content-Security-Policy. The forms of the sign-in pages end at the application that waits."""

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        """Browsers hold a form to `form-action` through the redirects that answer it."""
        if request.path_info.startswith(SIGN_IN) and (sources := waiting_sources(request)):
            response._csp_update = {"form-action": sources}
        return super().process_response(request, response)


class PageSession(PagesOnly, SessionMiddleware):
    """Sessions; whose is in use stays (row 239)."""

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        """Only a session that a view has looked at is one in use. One that somebody ended in the
        meantime is answered by the same address once more, which knows nobody then."""
        session: Any = request.session
        if session.accessed and session.get(SESSION_KEY):
            session.touch()
        try:
            return super().process_response(request, response)
        except SessionInterrupted:
            return signed_out(request)


def signed_out(request: HttpRequest) -> HttpResponse:
    """To the same address, without the session."""
    response = HttpResponse(status=303, headers={"Location": request.get_full_path()})
    response.delete_cookie(
        settings.SESSION_COOKIE_NAME, path=settings.SESSION_COOKIE_PATH, samesite="Lax"
    )
    return response


class PageCommon(PagesOnly, CommonMiddleware):
    """The Host check; programs get addresses from BASE_URL only, whatever Host they say."""


class PageCsrf(PagesOnly, CsrfViewMiddleware):
    """Cross-site request forgery; its check is a hook of its own and needs the same way around."""

    def process_view(self, request: HttpRequest, *args: Any) -> Any:
        """Programs authenticate every request; there is no ambient authority to forge."""
        return None if is_protocol(request) else super().process_view(request, *args)


class PageUser(PagesOnly, AuthenticationMiddleware):
    """`request.user`."""


class PageMessages(PagesOnly, MessageMiddleware):
    """One-time messages."""
