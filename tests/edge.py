"""The black-box suite through both edges.

On PostgreSQL the requests of a run go through the pipelined edge, as in production, and with
TEST_EDGE=wsgi through the other one: those of Django's test client and those to a live server. A
test that asks for `each_edge` goes through both.

The edge's statements run on the test's own connection, whose transaction nobody else could see, and
so one request of a thread at a time; everything else is the product's. `tests/tokens/pipelined` has
the shared statements.
"""

import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from io import BytesIO
from typing import Any, Final

import psycopg
from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse

from apps.oauth import runtime
from apps.tokens.django_store import DjangoStore
from apps.tokens.drive import drive
from apps.tokens.pipelined import store as pipelined_store
from apps.tokens.pipelined.lane import Row
from apps.tokens.pipelined.store import PipelinedStore
from apps.tokens.store import Reading
from authzsite import arrival, pipelined

WSGI, PIPELINED = "wsgi", "pipelined"
EDGES: Final = (WSGI,) if settings.EDGE == WSGI else (PIPELINED, WSGI)
"""Those that a test of this run can go through."""
STORES: Final = (DjangoStore, PipelinedStore)
REAL_COMPILING = pipelined.Compiling
_edges = threading.local()  # without a loop nobody may wait for what another thread uses
_chosen = settings.EDGE


class SameLane:
    """A lane on the test's connection."""

    def __init__(self, parameters: Mapping[str, Any], **_: Any) -> None:
        """There is nothing to connect."""

    async def execute(self, sql: str, values: Mapping[str, Any]) -> list[Row]:
        """One statement, which leaves the test's transaction usable when it fails."""
        try:
            with _savepoint(), connection.cursor() as cursor:
                cursor.execute(sql, values)
                return cursor.fetchall() if cursor.description else []
        except DatabaseError as error:
            cause = error.__cause__
            raise (
                cause if isinstance(cause, psycopg.Error) else psycopg.OperationalError(str(error))
            ) from error

    def close(self) -> None:
        """It isn't ours."""


@contextmanager
def _savepoint() -> Iterator[None]:
    """Where there is a transaction around; past Django, so that nobody counts what is no statement
    of the edge."""
    if not connection.in_atomic_block:
        yield
        return
    raw = connection.connection
    raw.execute("SAVEPOINT lane")
    try:
        yield
    except BaseException:
        raw.execute("ROLLBACK TO SAVEPOINT lane")
        raise
    finally:
        raw.execute("RELEASE SAVEPOINT lane")


class Alone:
    """In place of the coalescer, without an event loop."""

    def __init__(self, fly: Callable[[Sequence[Any]], Awaitable[Sequence[Any]]]) -> None:
        self._fly = fly

    async def ask(self, question: Any) -> Any:
        """Its own statement."""
        (answer,) = await self._fly([question])
        if isinstance(answer, Exception):
            raise answer
        return answer


@asynccontextmanager
async def no_limit(seconds: float) -> AsyncIterator[None]:
    """In place of a timeout, which needs a loop."""
    yield


async def warm(reading: Reading) -> None:
    """On the test's connection."""
    runtime.prepare(reading)


def install() -> None:
    """For the whole run, before anybody begins to watch what is asked and answered."""
    pipelined_store.Lane = SameLane  # type: ignore[misc, assignment]
    pipelined_store.Coalescer = Alone  # type: ignore[misc, assignment]
    pipelined.timeout = arrival.timeout = no_limit  # type: ignore[assignment]
    pipelined.Compiling = lambda: warm  # type: ignore[assignment, misc, return-value]
    by_django = BaseHandler.get_response

    def get_response(handler: BaseHandler, request: Any) -> Any:
        response = by_pipelined(request) if _chosen == PIPELINED else None
        return by_django(handler, request) if response is None else response

    BaseHandler.get_response = get_response  # type: ignore[assignment, method-assign]


@contextmanager
def through(name: str) -> Iterator[None]:
    """All requests of the block, whoever makes them, go through this edge."""
    global _chosen
    before, _chosen = _chosen, name
    try:
        yield
    finally:
        _chosen = before


def by_pipelined(request: Any) -> HttpResponse | None:
    """The pipelined edge's answer; None when it hands the request over."""
    scope = scope_of(request)
    if pipelined._match(scope) is None:
        return None
    if not hasattr(_edges, "edge"):
        _edges.edge = pipelined.PipelinedEdge(_hand_over)
    call = Call(request)
    drive(_edges.edge(scope, call.receive, call.send))
    return call.response()


async def _hand_over(scope: Any, receive: Any, send: Any) -> None:
    """Django hears of it when nothing was sent."""


class Call:
    """One request as an ASGI server brings it, and what came back."""

    def __init__(self, request: Any) -> None:
        self.request = request
        self.sent: list[Any] = []
        self.body = b""

    async def receive(self) -> dict[str, Any]:
        """The whole body, which Django may read once more."""
        body = self.request._stream.read()
        self.request._stream, self.body = BytesIO(body), body
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    def response(self) -> HttpResponse | None:
        """As Django's clients and servers know it."""
        if not self.sent:
            return None
        self.request._body = self.body  # for those who watch
        start, body = self.sent
        response = HttpResponse(body["body"], status=start["status"])
        del response.headers["Content-Type"]
        for name, value in start["headers"]:
            response.headers[name.decode().title()] = value.decode("latin-1")
        return response


def scope_of(request: HttpRequest) -> dict[str, Any]:
    """What an ASGI server would say of the request."""
    meta = request.META
    named = {name[5:]: value for name, value in meta.items() if name.startswith("HTTP_")}
    named |= {n: meta[n] for n in ("CONTENT_TYPE", "CONTENT_LENGTH") if meta.get(n)}
    named.setdefault("HOST", meta.get("SERVER_NAME", "testserver"))
    headers = [
        (name.replace("_", "-").lower().encode(), str(value).encode("latin-1"))
        for name, value in named.items()
    ]
    return {
        "type": "http",
        "method": meta["REQUEST_METHOD"],
        "path": request.path_info,
        "raw_path": request.path_info.encode(),
        "query_string": meta.get("QUERY_STRING", "").encode("latin-1"),
        "headers": headers,
        "client": (meta.get("REMOTE_ADDR", "127.0.0.1"), 1),
        "server": (meta["SERVER_NAME"], int(meta["SERVER_PORT"])),
        "scheme": meta["wsgi.url_scheme"],
        "http_version": "1.1",
    }
