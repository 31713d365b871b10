"""The black-box suite through the pipelined edge: TEST_EDGE=pipelined, on PostgreSQL.

Requests of Django's test client that the edge would answer go through it. Its statements run on the
test's own connection, whose transaction nobody else could see, and so one request at a time;
everything else is the product's. `tests/tokens/pipelined` has the shared ones.
"""

import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import psycopg
from django.db import DatabaseError, connection
from django.test.client import ClientHandler

from apps.oauth import runtime
from apps.tokens.drive import drive
from apps.tokens.pipelined import store as pipelined_store
from apps.tokens.pipelined.lane import Row
from apps.tokens.store import Reading
from authzsite import pipelined

REAL_COMPILING = pipelined.Compiling
REAL_CALL = ClientHandler.__call__


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


async def warm(reading: Reading) -> None:
    """On the test's connection."""
    runtime.prepare(reading)


def install() -> None:
    """For the whole run."""
    pipelined_store.Lane = SameLane  # type: ignore[misc, assignment]
    pipelined_store.Coalescer = Alone  # type: ignore[misc, assignment]
    pipelined.Compiling = lambda: warm  # type: ignore[assignment, misc, return-value]
    edges = threading.local()  # without a loop nobody may wait for what another thread uses
    call = ClientHandler.__call__

    def __call__(self: ClientHandler, environ: dict[str, Any]) -> Any:
        scope = scope_of(environ)
        found = pipelined._match(scope)
        if found is None:
            return call(self, environ)
        body = environ["wsgi.input"].read()
        if not hasattr(edges, "edge"):
            edges.edge = pipelined.PipelinedEdge(None)  # type: ignore[arg-type]
        request = pipelined.request_of(scope, body)
        response: Any = drive(edges.edge.answer(request, *found))
        if response is None:
            environ["wsgi.input"] = BytesIO(body)
            return call(self, environ)
        response.wsgi_request = request
        response.headers["Content-Length"] = str(len(response.content))
        return response

    ClientHandler.__call__ = __call__  # type: ignore[method-assign]


def scope_of(environ: Mapping[str, Any]) -> dict[str, Any]:
    """What an ASGI server would say of the request."""
    named = {name[5:]: value for name, value in environ.items() if name.startswith("HTTP_")}
    named |= {n: environ[n] for n in ("CONTENT_TYPE", "CONTENT_LENGTH") if environ.get(n)}
    named.setdefault("HOST", environ.get("SERVER_NAME", "testserver"))
    headers = [
        (name.replace("_", "-").lower().encode(), str(value).encode("latin-1"))
        for name, value in named.items()
    ]
    path = environ["PATH_INFO"].encode("latin-1")
    return {
        "type": "http",
        "method": environ["REQUEST_METHOD"],
        "path": path.decode("utf-8", "replace"),
        "raw_path": path,
        "query_string": environ.get("QUERY_STRING", "").encode("latin-1"),
        "headers": headers,
        "client": (environ.get("REMOTE_ADDR", "127.0.0.1"), 1),
        "server": (environ["SERVER_NAME"], int(environ["SERVER_PORT"])),
        "scheme": environ["wsgi.url_scheme"],
        "http_version": "1.1",
    }
