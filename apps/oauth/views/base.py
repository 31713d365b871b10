"""The lean base of the protocol views: no negotiation, no authenticators, no session; errors and
CORS in one place."""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db import Error as DatabaseFailure
from django.http import HttpRequest, HttpResponse
from rest_framework.views import APIView

from apps.clients.selectors import is_registered_origin
from apps.oauth.denials import log_refusal
from apps.oauth.endpoint import Attempt, guarded
from apps.oauth.requests import ProtocolRequest, parse_request
from apps.oauth.respond import error_response, json_response
from apps.tokens import clock
from apps.tokens.django_store import DjangoStore
from apps.tokens.drive import drive
from authzsite.domain.errors import OAuthError, invalid_request, temporarily_unavailable

T = TypeVar("T")
logger = logging.getLogger(__name__)
ALLOWED_HEADERS = "Authorization, Content-Type, X-Okta-User-Agent-Extended, X-Requested-With, DPoP"


class ProtocolView(APIView):
    """A protocol endpoint. `event_type` is what its refusals are logged as."""

    authentication_classes = ()
    permission_classes = ()
    http_method_names = ["post", "options"]
    event_type = "app.oauth2.as.token.grant"
    needs_tls = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Straight to the handler: DRF's negotiation would only cost."""
        method = (request.method or "").lower()
        if method not in self.http_method_names:
            return self.not_allowed()
        try:
            check_connection(request, needs_tls=self.needs_tls)
            response: HttpResponse = getattr(self, method)(request, *args, **kwargs)
            return response
        except OAuthError as refused:
            log_refusal(self.event_type, refused)
            return error_response(refused)
        except DatabaseFailure:
            return error_response(temporarily_unavailable("storage"))
        except Exception:
            logger.exception("unforeseen failure")
            return error_response(
                OAuthError("server_error", "An unforeseen error occurred.", status=500)
            )

    def not_allowed(self) -> HttpResponse:
        """405 before anything was read (RFC 6749 §3.2)."""
        error = OAuthError("invalid_request", "The method is not allowed.", status=405)
        response = error_response(error)
        response.headers["Allow"] = ", ".join(
            m.upper() for m in self.http_method_names if m != "options"
        )
        return response

    def options(  # type: ignore[override]
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The preflight of a browser client: allowed for registered origins only."""
        response = HttpResponse(status=204)
        origin = request.META.get("HTTP_ORIGIN", "")
        if origin and is_registered_origin(origin):
            allow_origin(response, origin)
            response.headers["Access-Control-Allow-Methods"] = ", ".join(
                m.upper() for m in self.http_method_names
            )
            response.headers["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
            response.headers["Access-Control-Max-Age"] = "600"
        return response

    def parse(self, request: HttpRequest, server_id: str) -> ProtocolRequest:
        """The request as one frozen value; raises OAuthError."""
        return parse_request(request, server_id, settings.BASE_URL)

    def answer(
        self,
        request: HttpRequest,
        server_id: str,
        steps: Callable[[DjangoStore, ProtocolRequest, datetime, Attempt], Awaitable[T]],
        render: Callable[[T], HttpResponse],
    ) -> HttpResponse:
        """Parse, drive the steps, render; a refusal is logged and answered. Errors carry CORS
        headers, too."""
        attempt, store, now = Attempt(), DjangoStore(), clock.now()
        origin = request.META.get("HTTP_ORIGIN", "")

        async def work() -> T:
            return await steps(store, self.parse(request, server_id), now, attempt)

        result = drive(guarded(store, self.event_type, attempt, now, work))
        response = error_response(result) if isinstance(result, OAuthError) else render(result)
        if origin and origin in attempt.origins:
            allow_origin(response, origin)
        return response


def check_connection(request: HttpRequest, *, needs_tls: bool) -> None:
    """Refuse a host that isn't ours, and plain HTTP where the issuer is https: credentials would
    have crossed the network in clear, so it is no redirect either."""
    try:
        request.get_host()
    except DisallowedHost:
        raise invalid_request("The Host of the request is unknown.", "unknown_host") from None
    if needs_tls and settings.IS_HTTPS and not request.is_secure():
        raise invalid_request("TLS is required.", "plain_http")


def allow_origin(response: HttpResponse, origin: str) -> None:
    """Let a page of this origin read the answer; never with credentials."""
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Expose-Headers"] = "X-Request-Reference, WWW-Authenticate"
    response.headers["Vary"] = "Origin"


def render_json(body: dict[str, Any]) -> HttpResponse:
    """A 200 with the members."""
    return json_response(body)
