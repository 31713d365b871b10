"""The lean base of the protocol views: no negotiation, no authenticators, no session; errors and
CORS in one place."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db import Error as DatabaseFailure
from django.http import HttpRequest, HttpResponse
from rest_framework.views import APIView

from apps.clients.selectors import is_registered_origin
from apps.oauth.denials import log_refusal
from apps.oauth.endpoint import Attempt, guarded
from apps.oauth.requests import ProtocolRequest, parse_request
from apps.oauth.respond import Answer, error_answer, error_response, json_answer
from apps.tokens import clock
from apps.tokens.django_store import DjangoStore
from apps.tokens.drive import drive
from apps.tokens.store import Store
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
        except Exception as error:
            return refusal(self.event_type, error).as_django()

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
        self, request: HttpRequest, server_id: str, endpoint: "Endpoint[Any]"
    ) -> HttpResponse:
        """Drive the steps on Django's connection."""
        parse = partial(self.parse, request, server_id)
        return drive(respond(DjangoStore(), endpoint, request, parse)).as_django()


@dataclass(frozen=True, slots=True)
class Endpoint(Generic[T]):
    """What is behind an address: its steps, how their result is shown, and as what its refusals
    are logged."""

    event_type: str
    steps: Callable[[Store, ProtocolRequest, datetime, Attempt], Awaitable[T]]
    render: Callable[[T], Answer]


async def respond(
    store: Store,
    endpoint: Endpoint[T],
    request: HttpRequest,
    parse: Callable[[], ProtocolRequest],
) -> Answer:
    """Parse, take the steps, render; a refusal is logged and answered. Errors carry CORS headers,
    too."""
    attempt, now = Attempt(), clock.now()
    origin = request.META.get("HTTP_ORIGIN", "")

    async def work() -> T:
        return await endpoint.steps(store, parse(), now, attempt)

    result = await guarded(store, endpoint.event_type, attempt, now, work)
    answer = error_answer(result) if isinstance(result, OAuthError) else endpoint.render(result)
    if origin and origin in attempt.origins:
        allow_origin(answer, origin)
    return answer


def refusal(event_type: str, error: Exception) -> Answer:
    """The answer to what was raised outside of the steps, whatever it is."""
    if isinstance(error, OAuthError):
        log_refusal(event_type, error)
        return error_answer(error)
    if isinstance(error, DatabaseFailure):
        return error_answer(temporarily_unavailable("storage"))
    logger.error("unforeseen failure", exc_info=error)
    return error_answer(OAuthError("server_error", "An unforeseen error occurred.", status=500))


def check_connection(request: HttpRequest, *, needs_tls: bool) -> None:
    """Refuse a host that isn't ours, and plain HTTP where the issuer is https: credentials would
    have crossed the network in clear, so it is no redirect either."""
    try:
        request.get_host()
    except DisallowedHost:
        raise invalid_request("The Host of the request is unknown.", "unknown_host") from None
    if needs_tls and settings.IS_HTTPS and not request.is_secure():
        raise invalid_request("TLS is required.", "plain_http")


def allow_origin(response: Answer | HttpResponse, origin: str) -> None:
    """Let a page of this origin read the answer; never with credentials."""
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Expose-Headers"] = "X-Request-Reference, WWW-Authenticate"
    response.headers["Vary"] = "Origin"


def render_json(body: dict[str, Any]) -> Answer:
    """A 200 with the members."""
    return json_answer(body)
