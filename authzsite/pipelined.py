"""The pipelined edge: an ASGI callable that answers programs' commonest requests before Django sees
them, on the same steps, and hands everything else to Django.

What is done around a request is the middleware's, called here by name: the caller's address, the
reference, the access line, the headers of security.
"""

import logging
import re
import time
from asyncio import timeout
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache, cached_property, partial
from io import BytesIO
from typing import Any, Final

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse
from django.middleware.security import SecurityMiddleware

from apps.oauth.metadata import authorization_server_metadata, openid_configuration
from apps.oauth.requests import checked_server_id, parse_request
from apps.oauth.respond import Answer, error_answer
from apps.oauth.views.base import Endpoint, check_connection, refusal, respond
from apps.oauth.views.introspect import INTROSPECTION_ENDPOINT, REVOCATION_ENDPOINT
from apps.oauth.views.metadata import Document, public_keys, publish
from apps.oauth.views.token import TOKEN_ENDPOINT
from apps.systemlog.context import use
from apps.systemlog.middleware import add_reference, context_of
from apps.tokens.pipelined.store import PipelinedStore
from apps.tokens.store import Elsewhere
from authzsite import logs
from authzsite.arrival import (
    Arrived,
    Disconnected,
    NoPlace,
    Places,
    Receive,
    Scope,
    Send,
    TooLong,
    TooSlow,
    handed_over,
    read_body,
)
from authzsite.compiling import Compiling
from authzsite.domain.errors import OAuthError, temporarily_unavailable
from authzsite.domain.limits import MAX_BODY_LENGTH, MAX_JSON_BODY_LENGTH
from authzsite.middleware import (
    PERSON_SECONDS,
    PROGRAM_SECONDS,
    PROTOCOL,
    TrustedProxies,
    write_access_line,
)
from authzsite.unavailable import unavailable

Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Found = tuple[str, str]
Response = Answer | HttpResponse

PLAIN: Final = re.compile(r"/oauth2/([A-Za-z0-9_-]{1,64})/(v1/[a-z]+|\.well-known/[a-z-]+)")
"""Nothing in it that could be spelt in two ways; other spellings are Django's to judge."""
ENDPOINTS: Final[dict[str, Endpoint[Any]]] = {
    "v1/token": TOKEN_ENDPOINT,
    "v1/introspect": INTROSPECTION_ENDPOINT,
    "v1/revoke": REVOCATION_ENDPOINT,
}
DOCUMENTS: Final[dict[str, Document]] = {
    "v1/keys": public_keys,
    ".well-known/openid-configuration": openid_configuration,
    ".well-known/oauth-authorization-server": authorization_server_metadata,
}
MOST_IN_FLIGHT: Final = (
    1024  # at once, of a process: more than it can answer in a fraction of a second
)
TOO_SLOW: Final = OAuthError(
    "invalid_request", "The request was too slow.", reason="request_too_slow", status=408
)
TOO_LONG: Final = OAuthError(
    "invalid_request", "The request is too large.", reason="request_too_large", status=413
)
stream = logging.getLogger("authzsite.unavailable")


@dataclass(frozen=True, slots=True)
class Route:
    """What the access line says of the address, as a ResolverMatch would."""

    route: str


class PipelinedEdge:
    """One of a process. `pages` is Django, for whatever isn't answered here."""

    def __init__(self, pages: Application) -> None:
        self.pages = pages
        self.places = Places(settings.WEB_THREADS)
        self.proxies = TrustedProxies(_nobody)
        self.in_flight = 0

    @cached_property
    def store(self) -> PipelinedStore:
        """Made in the loop that it runs in."""
        return PipelinedStore(Compiling())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            raise ValueError("only HTTP is spoken here")
        found = _match(scope)
        most = MAX_JSON_BODY_LENGTH if found is None else MAX_BODY_LENGTH
        try:
            body = await read_body(scope, receive, most)
        except Disconnected:
            return
        except (TooSlow, TooLong) as error:
            name = found[1] if found else ""
            await self._refuse(scope, name, partial(_badly_arrived, error, name), send)
            return
        response = None
        if found is not None:
            response = await self.answer(request_of(scope, body), *found)
        if response is None:
            await self._hand_over(handed_over(scope, body), Arrived(body), send)
        else:
            await _send(response, send)

    async def _hand_over(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Django's, when there is a place."""
        is_program = PROTOCOL.match(scope["path"]) is not None
        try:
            place = await self.places.take(PROGRAM_SECONDS if is_program else PERSON_SECONDS)
        except NoPlace:
            await self._refuse(scope, "", _crowded, send)
            return
        with place:
            await self.pages(scope, receive, send)

    async def _refuse(
        self,
        scope: Scope,
        name: str,
        refuse: Callable[[HttpRequest], Response],
        send: Send,
    ) -> None:
        """Answered before anybody has looked at the request: a stranger's, whoever it says that it
        is. The stream hears of it, as of all strangers (R24, R25); nobody writes a row (G5)."""
        request = request_of(scope, b"")

        async def refused() -> Response:
            return refuse(request)

        response = await self._around(request, name, refused)
        if response is not None:
            await _send(response, send)

    async def answer(self, request: HttpRequest, server_id: str, name: str) -> Response | None:
        """The answer, with everything that belongs around it; None when it is Django's to give."""
        return await self._around(request, name, partial(self._respond, request, server_id, name))

    async def _around(
        self, request: HttpRequest, name: str, respond: Callable[[], Awaitable[Response | None]]
    ) -> Response | None:
        self.proxies.believe(request)
        with use(context_of(request)) as context:
            token = logs.request_id.set(context.reference)
            started = time.perf_counter()
            try:
                response = await respond()
                if response is None:
                    return None
                for header, value in security_headers(request).items():
                    response.headers.setdefault(header, value)
                if name:
                    request.resolver_match = Route(f"oauth2/<str:server_id>/{name}")  # type: ignore[assignment]
                write_access_line(request, response.status_code, time.perf_counter() - started)
                add_reference(response.headers, context)
                return response
            finally:
                logs.request_id.reset(token)

    async def _respond(self, request: HttpRequest, server_id: str, name: str) -> Answer | None:
        """Within the time that a request has, however many statements it shares and whoever holds
        them up; and at once, when more are waiting than could be answered in it."""
        if self.in_flight >= MOST_IN_FLIGHT:
            return _unavailable("too many requests at once", name)
        self.in_flight += 1
        try:
            async with timeout(PROGRAM_SECONDS):
                return await self._steps(request, server_id, name)
        except TimeoutError:
            return _unavailable("the request's time is up", name)
        finally:
            self.in_flight -= 1

    async def _steps(self, request: HttpRequest, server_id: str, name: str) -> Answer | None:
        document = DOCUMENTS.get(name)
        endpoint = ENDPOINTS.get(name, TOKEN_ENDPOINT)
        try:
            check_connection(request, needs_tls=document is None)
            if document is not None:
                known = checked_server_id(server_id)
                return _public(await publish(self.store, request, known, document))
            parse = partial(parse_request, request, server_id, settings.BASE_URL)
            return await respond(self.store, endpoint, request, parse)
        except Elsewhere:
            return None
        except Exception as error:
            response = refusal(endpoint.event_type, error)
            return response if document is None else _public(response)


def request_of(scope: Scope, body: bytes) -> HttpRequest:
    """As Django's. The query's octets are handed out as a WSGI server does (PEP 3333), whatever
    they are: the steps judge them."""
    octets = scope["query_string"].decode("latin-1")
    return ASGIRequest({**scope, "query_string": octets}, BytesIO(body))


def _public(response: Answer) -> Answer:
    """Any page may read the documents, and why there is none."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _badly_arrived(error: Exception, name: str, request: HttpRequest) -> Answer:
    event_type = ENDPOINTS[name].event_type if name in ENDPOINTS else ""
    response = refusal(event_type, TOO_SLOW if isinstance(error, TooSlow) else TOO_LONG)
    return _public(response) if name in DOCUMENTS else response


def _crowded(request: HttpRequest) -> HttpResponse:
    stream.error("unavailable", extra={"reason": "no place came free"})
    return unavailable(request, "places")


def _unavailable(reason: str, name: str) -> Answer:
    stream.error("unavailable", extra={"reason": reason})
    response = error_answer(temporarily_unavailable(reason))
    return _public(response) if name in DOCUMENTS else response


def _nobody(request: HttpRequest) -> HttpResponse:
    raise NotImplementedError


def _match(scope: Scope) -> Found | None:
    """Server id and name of an address that is answered here."""
    found = PLAIN.fullmatch(scope["path"])
    if found is None or (scope.get("raw_path") or b"").partition(b"?")[0] != scope["path"].encode():
        return None
    server_id, name = found.groups()
    is_ours = name in ENDPOINTS if scope["method"] == "POST" else name in DOCUMENTS
    return (server_id, name) if is_ours and scope["method"] in ("GET", "POST") else None


async def _send(response: Response, send: Send) -> None:
    headers = [(_named(k), v.encode("latin-1")) for k, v in response.headers.items()]
    body = response.content
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@cache
def _named(header: str) -> bytes:
    """As HTTP/2 wants it. There are only so many."""
    return header.lower().encode("latin-1")


_security: dict[bool, dict[str, str]] = {}


def security_headers(request: HttpRequest) -> dict[str, str]:
    """What Django's middleware adds to an answer to a request like this."""
    is_secure = request.is_secure()
    if is_secure not in _security:
        response = HttpResponse()
        del response.headers["Content-Type"]
        SecurityMiddleware(_nobody).process_response(request, response)
        _security[is_secure] = dict(response.headers)
    return _security[is_secure]
