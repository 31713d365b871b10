"""Requests to the edge as an ASGI server makes them, and somebody who holds locks meanwhile."""

import asyncio
import json
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import psycopg

from authzsite.arrival import Message, Receive, Scope, Send
from authzsite.pipelined import PipelinedEdge
from tests.oauth.grants_fixture import World, form_encoded

FORM = b"application/x-www-form-urlencoded"
DEADLINE = 60.0  # of what has to happen some time: nothing depends on when
COMMIT_LOCK = 4711
LANE = "lane"  # what lanes are called by PostgreSQL


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def body(self) -> dict[str, Any]:
        members: dict[str, Any] = json.loads(self.content)
        return members

    @property
    def reference(self) -> str:
        return self.headers["x-request-reference"]

    @property
    def outcome(self) -> tuple[int, str]:
        return self.status, self.body.get("error", "") if self.content else ""


@dataclass
class Pages:
    """In Django's place: writes down what it is handed."""

    seen: list[tuple[Scope, bytes]] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body, has_more = b"", True
        while has_more:
            message = await receive()
            body += message.get("body", b"")
            has_more = message.get("more_body", False)
        self.seen.append((scope, body))
        await send({"type": "http.response.start", "status": 299, "headers": []})
        await send({"type": "http.response.body", "body": b""})


@asynccontextmanager
async def opened(pages: Pages | None = None) -> AsyncIterator[PipelinedEdge]:
    """An edge in this loop, whose connections end with the block."""
    edge = PipelinedEdge(pages or Pages())
    try:
        yield edge
    finally:
        edge.store.close()


def scope_of(path: str, method: str = "POST", headers: Sequence[tuple[bytes, bytes]] = ()) -> Scope:
    """As granian says it; `path` as it is on the wire."""
    plain, _, query = path.partition("?")
    return {
        "type": "http",
        "method": method,
        "path": plain.replace("%31", "1"),
        "raw_path": plain.encode(),
        "query_string": query.encode("latin-1"),
        "headers": [(b"host", b"localhost"), *headers],
        "client": ("127.0.0.1", 4000),
        "server": ("localhost", 80),
        "scheme": "http",
        "http_version": "1.1",
    }


async def ask(edge: PipelinedEdge, scope: Scope, *chunks: bytes) -> Answer:
    """One request."""
    messages: list[Message] = [
        {"type": "http.request", "body": chunk, "more_body": n + 1 < len(chunks)}
        for n, chunk in enumerate(chunks)
    ] or [{"type": "http.request", "body": b"", "more_body": False}]
    sent: list[Message] = []

    async def receive() -> Message:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await edge(scope, receive, send)
    start, body = sent
    headers = {k.decode(): v.decode() for k, v in start["headers"]}
    return Answer(start["status"], headers, body["body"])


async def post(
    edge: PipelinedEdge, world: World, endpoint: str, form: dict[str, str], *, secret: str = ""
) -> Answer:
    """A request of the world's client, by Basic."""
    pair = f"{quote(world.client.client_id)}:{quote(secret or world.secret)}"
    body = form_encoded(form).encode()
    headers = [
        (b"authorization", b"Basic " + b64encode(pair.encode())),
        (b"content-type", FORM),
        (b"content-length", str(len(body)).encode()),
    ]
    return await ask(edge, scope_of(f"{world.base}/{endpoint}", headers=headers), body)


async def own_token(edge: PipelinedEdge, world: World) -> Answer:
    """The client's own token."""
    form = {"grant_type": "client_credentials", "scope": world.scope.name}
    return await post(edge, world, "token", form)


def running(scenario: Callable[[], Awaitable[Any]]) -> Any:
    """What it returns, in a loop of its own."""

    async def bounded() -> Any:
        async with asyncio.timeout(2 * DEADLINE):
            return await scenario()

    return asyncio.run(bounded())


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what has to come about, while the loop runs."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.005)


@dataclass
class Bystander:
    """Somebody else's connection."""

    connection: psycopg.Connection[Any]

    def rows(self, sql: str, *values: Any) -> list[Any]:
        """What a statement finds."""
        cursor = self.connection.execute(sql, values)
        return cursor.fetchall() if cursor.description else []

    def one(self, sql: str, *values: Any) -> Any:
        """The only value."""
        ((value,),) = self.rows(sql, *values)
        return value

    def waiting(self, kind: str) -> int:
        """How many wait for a lock of this kind."""
        asked = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = %s"
        return int(self.one(asked, kind))

    def events(self, event_type: str) -> int:
        """How many there are, committed."""
        asked = "SELECT count(*) FROM systemlog_logevent WHERE event_type = %s"
        return int(self.one(asked, event_type))

    @contextmanager
    def holding_commits(self, table: str) -> Iterator[Callable[[], None]]:
        """New rows of the table can't be committed until the yielded function is called."""
        self.rows(
            "CREATE FUNCTION held() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"PERFORM pg_advisory_xact_lock_shared({COMMIT_LOCK}); RETURN NULL; END $$"
        )
        self.rows(
            f"CREATE CONSTRAINT TRIGGER held AFTER INSERT ON {table} "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION held()"
        )
        self.rows("SELECT pg_advisory_lock(%s)", COMMIT_LOCK)
        try:
            yield self.release
        finally:
            self.release()
            self.rows(f"DROP TRIGGER held ON {table}")
            self.rows("DROP FUNCTION held()")

    def release(self) -> None:
        """Let all commits pass."""
        self.rows("SELECT pg_advisory_unlock_all()")

    def end_lanes(self, state: str = "%") -> int:
        """End the edge's connections, those in this state; how many."""
        return len(
            self.rows(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = "
                "current_database() AND application_name = %s AND state LIKE %s",
                LANE,
                state,
            )
        )
