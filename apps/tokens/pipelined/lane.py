"""One asynchronous connection to PostgreSQL that is made when needed, and given up when the server
doesn't answer."""

import asyncio
import select
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

import psycopg
from django.db import connection
from psycopg.abc import PQGen
from psycopg.types.string import TextLoader
from psycopg.waiting import wait_async

from apps.tokens.store import StorageError

T = TypeVar("T")
PATIENCE_SECONDS: Final = 4.0  # as a protocol request has on the other edge
CONNECT_SECONDS: Final = 2.0
CHECK_SECONDS: Final = 0.5  # to prove that it lives, of a connection that has rested
RESTED_SECONDS: Final = 0.01  # at load none ever has, and nobody pays for the question
REST_SECONDS: Final = 1.0  # between tries while no connection is to be had
INTERVAL: Final = 0.1  # psycopg's own: how often it looks up from waiting
LIMIT_WAITS: Final = "SELECT set_config('lock_timeout', '{}', false)"
STALE: Final = frozenset({"0A000", "26000"})  # prepared before a column changed, or gone since
READ_ONLY: Final = "25006"  # no longer the server that takes writes: the next one may be
Row = tuple[Any, ...]


def connection_parameters() -> dict[str, Any]:
    """Django's, for a connection that is nobody's but ours."""
    found = dict(connection.get_connection_params())
    for name in ("pool", "cursor_factory", "context", "prepare_threshold"):
        found.pop(name, None)
    return found


class LaneConnection(psycopg.AsyncConnection[Row]):
    """One that ends when somebody stops waiting for it: psycopg would ask the server to cancel the
    statement, and wait for the answer of a server that may not answer."""

    async def wait(
        self, gen: PQGen[T], interval: float = INTERVAL, timeout: float | None = None
    ) -> T:
        """As psycopg's."""
        try:
            return await wait_async(gen, self.pgconn.socket, interval=interval, timeout=timeout)
        except asyncio.CancelledError:
            self.pgconn.finish()
            raise


class Lane:
    """A connection in autocommit, used by one statement at a time. `lock_milliseconds` bounds its
    waits for locks more tightly than the connection's own settings."""

    def __init__(self, parameters: Mapping[str, Any], *, lock_milliseconds: int = 0) -> None:
        self._parameters = dict(parameters)
        # What our backend tells each new session: to commit durably (F16).
        self._settings = [str(connection.opening_statement)]  # type: ignore[attr-defined]
        if lock_milliseconds:
            self._settings.append(LIMIT_WAITS.format(lock_milliseconds))
        self._connection: LaneConnection | None = None
        self._quiet_until = 0.0
        self._answered = 0.0

    async def execute(self, sql: str, values: Mapping[str, Any]) -> list[Row]:
        """The rows of one statement, committed. Raises psycopg.Error; whether something happened
        that failed on the way (`is_lost`) nobody knows."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                made = await self._connected()
                cursor = await made.execute(sql, values, prepare=True)
                rows = await cursor.fetchall()
                self._answered = time.monotonic()
                return rows
        except TimeoutError:
            self.close()
            raise psycopg.OperationalError("the server doesn't answer") from None
        except asyncio.CancelledError:
            self.close()
            raise
        except psycopg.Error as error:
            if error.sqlstate in STALE or error.sqlstate == READ_ONLY:
                self.close()
            raise

    async def _connected(self) -> LaneConnection:
        if self._connection is not None:
            if _is_quiet(self._connection) and await self._lives(self._connection):
                return self._connection
            self.close()
        if time.monotonic() < self._quiet_until:
            raise psycopg.OperationalError("no connection was to be had a moment ago")
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                self._connection = await self._made()
        except (psycopg.Error, TimeoutError) as error:
            self._quiet_until = time.monotonic() + REST_SECONDS
            raise psycopg.OperationalError("no connection is to be had") from error
        return self._connection

    async def _lives(self, made: LaneConnection) -> bool:
        """Whether its backend answers, which may hang (F14); asked before a request depends on it,
        as pooled connections are on the other edge."""
        if time.monotonic() - self._answered < RESTED_SECONDS:
            return True
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                await made.execute("", prepare=False)
        except (psycopg.Error, TimeoutError):
            return False
        return True

    async def _made(self) -> LaneConnection:
        made = await LaneConnection.connect(**self._parameters, autocommit=True)
        made.adapters.register_loader("jsonb", TextLoader)  # as Django has it: `Reading` is of text
        try:
            for setting in self._settings:
                await made.execute(setting)
        except BaseException:
            made.pgconn.finish()
            raise
        return made

    def close(self) -> None:
        """At once, whatever it is doing."""
        if self._connection is not None:
            self._connection.pgconn.finish()
            self._connection = None


def _is_quiet(made: LaneConnection) -> bool:
    """Whether it is open and has nothing to say. An idle one speaks when it was ended by the
    server: found out before a request depends on it."""
    if made.closed:
        return False
    poll = select.poll()
    poll.register(made.pgconn.socket, select.POLLIN)
    return not poll.poll(0)


def is_lost(error: psycopg.Error) -> bool:
    """Whether the server didn't say that the statement failed: it may have happened."""
    return error.sqlstate is None or error.sqlstate.startswith(("08", "57P"))


def is_outage(error: psycopg.Error) -> bool:
    """Whether another try would fare no better, of whatever is written: the server is read-only, or
    out of disk, memory or connections."""
    return is_lost(error) or error.sqlstate == READ_ONLY or str(error.sqlstate).startswith("53")


class Lanes:
    """A few of them, for statements that don't depend on each other. The one that was used last is
    used next, so that there are no more connections than have been needed at once."""

    def __init__(self, lanes: Sequence[Lane]) -> None:
        self._free: asyncio.LifoQueue[Lane] = asyncio.LifoQueue()
        for lane in lanes:
            self._free.put_nowait(lane)

    @asynccontextmanager
    async def one(self) -> AsyncIterator[Lane]:
        """For the block. Raises StorageError when none comes free in a request's time."""
        lane = await self._taken()
        try:
            yield lane
        finally:
            self._free.put_nowait(lane)

    async def _taken(self) -> Lane:
        if not self._free.empty():
            return self._free.get_nowait()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await self._free.get()
        except TimeoutError:
            raise StorageError("no connection comes free") from None
