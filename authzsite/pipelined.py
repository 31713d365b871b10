"""The pipelined edge: an ASGI callable that answers programs' commonest requests before Django sees
them, on the same steps, and hands everything else to Django.

What is done around a request is the middleware's, called here by name: the caller's address, the
reference, the access line, the headers of security.
"""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from functools import cached_property, partial
from io import BytesIO
from typing import Any, Final

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.middleware.security import SecurityMiddleware

from apps.oauth import runtime
from apps.oauth.metadata import authorization_server_metadata, openid_configuration
from apps.oauth.requests import checked_server_id, parse_request
from apps.oauth.views.base import Endpoint, check_connection, refusal, respond
from apps.oauth.views.introspect import INTROSPECTION_ENDPOINT, REVOCATION_ENDPOINT
from apps.oauth.views.metadata import Document, public_keys, publish
from apps.oauth.views.token import TOKEN_ENDPOINT
from apps.systemlog.context import use
from apps.systemlog.middleware import add_reference, context_of
from apps.tokens.pipelined.store import PipelinedStore
from apps.tokens.store import ClientRow, Elsewhere, Reading, ServerRow, StorageError
from authzsite import logs
from authzsite.domain.limits import MAX_BODY_LENGTH
from authzsite.middleware import PROGRAM_SECONDS, TrustedProxies, write_access_line
from authzsite.postgresql import patience

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

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


@dataclass(frozen=True, slots=True)
class Route:
    """What the access line says of the address, as a ResolverMatch would."""

    route: str


class PipelinedEdge:
    """One of a process. `pages` is Django, for whatever isn't answered here."""

    def __init__(self, pages: Application) -> None:
        self.pages = pages
        self.places = asyncio.Semaphore(settings.WEB_THREADS)
        self.proxies = TrustedProxies(_nobody)

    @cached_property
    def store(self) -> PipelinedStore:
        """Made in the loop that it runs in."""
        return PipelinedStore(Compiling())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        found = _match(scope)
        if found is not None:
            try:
                body = await _body(scope, receive)
            except Disconnected:
                return
            if body is not None:
                response = await self.answer(request_of(scope, body), *found)
                if response is not None:
                    await _send(response, send)
                    return
                receive = _replayed(body, receive)
        async with self.places:
            await self.pages(scope, receive, send)

    async def answer(self, request: HttpRequest, server_id: str, name: str) -> HttpResponse | None:
        """The answer, with everything that belongs around it; None when it is Django's to give."""
        self.proxies.believe(request)
        with use(context_of(request)) as context:
            token = logs.request_id.set(context.reference)
            started = time.perf_counter()
            try:
                response = await self._respond(request, server_id, name)
                if response is None:
                    return None
                for header, value in security_headers(request).items():
                    response.headers.setdefault(header, value)
                request.resolver_match = Route(f"oauth2/<str:server_id>/{name}")  # type: ignore[assignment]
                write_access_line(request, response, time.perf_counter() - started)
                return add_reference(response, context)
            finally:
                logs.request_id.reset(token)

    async def _respond(
        self, request: HttpRequest, server_id: str, name: str
    ) -> HttpResponse | None:
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


def _public(response: HttpResponse) -> HttpResponse:
    """Any page may read the documents, and why there is none."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _nobody(request: HttpRequest) -> HttpResponse:
    raise NotImplementedError


def _match(scope: Scope) -> tuple[str, str] | None:
    """Server id and name of an address that is answered here."""
    if scope["type"] != "http":
        return None
    found = PLAIN.fullmatch(scope["path"])
    if found is None or (scope.get("raw_path") or b"").partition(b"?")[0] != scope["path"].encode():
        return None
    server_id, name = found.groups()
    is_ours = name in ENDPOINTS if scope["method"] == "POST" else name in DOCUMENTS
    return (server_id, name) if is_ours and scope["method"] in ("GET", "POST") else None


class Disconnected(Exception):  # noqa: N818 - nobody is left to be told
    """The caller went away in the middle of the body: what came of it may read like a whole."""


async def _body(scope: Scope, receive: Receive) -> bytes | None:
    """The whole body; empty when it says that it is too long, which the steps refuse; None for one
    that doesn't say how long it is."""
    if scope["method"] == "GET":
        return b""
    length = next((v for k, v in scope["headers"] if k == b"content-length"), b"")
    if not length.isdigit():
        return None
    if len(length) > 20 or int(length) > MAX_BODY_LENGTH:
        return b""
    parts, has_more = [], True
    while has_more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        parts.append(message.get("body", b""))
        has_more = message.get("more_body", False)
    return b"".join(parts)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """A `receive` that says again what was read."""
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay


async def _send(response: HttpResponse, send: Send) -> None:
    headers = [(k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in response.items()]
    body = response.content
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": body})


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


Named = tuple[ServerRow | None, ClientRow | None, ClientRow | None]


class Compiling:
    """Compiles what a reading names in a thread, where it may use Django's connection: once for
    all who read the same meanwhile."""

    def __init__(self) -> None:
        self._running: dict[Named, asyncio.Task[None]] = {}

    async def __call__(self, reading: Reading) -> None:
        """Return when it is compiled. Raises StorageError."""
        if runtime.holds(reading):
            return
        named = (reading.server, reading.client, reading.owner)
        task = self._running.get(named)
        if task is None:
            task = self._running[named] = asyncio.create_task(asyncio.to_thread(_prepare, reading))
            task.add_done_callback(partial(self._done, named))
        try:
            async with asyncio.timeout(PROGRAM_SECONDS):
                await asyncio.shield(task)  # who goes away doesn't end it for the others
        except TimeoutError as error:
            raise StorageError from error

    def _done(self, named: Named, task: asyncio.Task[None]) -> None:
        del self._running[named]
        if not task.cancelled():
            task.exception()  # somebody has heard it, or nobody waits any more


def _prepare(reading: Reading) -> None:
    try:
        with patience.until(PROGRAM_SECONDS):
            runtime.prepare(reading)
    finally:
        connection.close()
