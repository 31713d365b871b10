"""What a request over ASGI waits for before anything is done for it, bounded in size, number and
time: its body, whole (row 19, F32); then, if the loop can't answer it, a place in a thread.

What waits here has no thread and no connection to the database.
"""

import asyncio
from asyncio import timeout
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final
from urllib.parse import quote_from_bytes

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

ARRIVAL_SECONDS: Final = 20.0  # a slow caller's time, and a busy machine's
MOST_DIGITS: Final = 20
ASCII: Final = bytes(range(128))
MOST_WAITING: Final = 512  # with a request's body each; beyond that a 503 at once


class Disconnected(Exception):  # noqa: N818 - nobody is left to be told
    """The caller went away in the middle of the body: what came of it may read like a whole."""


class TooSlow(Exception):  # noqa: N818
    """It hasn't come in time."""


class TooLong(Exception):  # noqa: N818
    """More came than may, of a body that didn't say how long it is."""


async def read_body(scope: Scope, receive: Receive, most: int) -> bytes:
    """The body. Empty, and nothing of it read, when it says that it is longer than `most` octets,
    or no number: whoever parses it refuses it by what it says.

    Raises Disconnected, TooSlow, TooLong.
    """
    if _announced(scope) > most:
        return b""
    try:
        async with timeout(ARRIVAL_SECONDS):
            return await _whole(receive, most)
    except TimeoutError:
        raise TooSlow from None


def _announced(scope: Scope) -> int:
    """How long it says that it is; 0 when it doesn't say, endless when it is no number."""
    said = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return int(said) if said.isdigit() and len(said) <= MOST_DIGITS else 10**MOST_DIGITS


async def _whole(receive: Receive, most: int) -> bytes:
    parts, length, has_more = [], 0, True
    while has_more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        parts.append(message.get("body", b""))
        length += len(parts[-1])
        if length > most:
            raise TooLong
        has_more = message.get("more_body", False)
    return b"".join(parts)


@dataclass(slots=True)
class Arrived:
    """A `receive` that says a body that was read, and then nothing more: Django would abandon its
    thread in the middle when the caller goes away, and on the other edge it doesn't hear of it."""

    body: bytes
    is_said: bool = False

    async def __call__(self) -> Message:
        """ASGI."""
        if self.is_said:
            await asyncio.get_running_loop().create_future()
        self.is_said = True
        return {"type": "http.request", "body": self.body, "more_body": False}


def handed_over(scope: Scope, body: bytes) -> Scope:
    """The request as Django is told of it, whose body has come. It says how long that is: what
    doesn't, its parsers take for empty. Its query is ASCII, octets beyond that escaped: Django's
    handler would make characters of them that no WSGI server makes (PEP 3333), or refuse them."""
    headers = scope["headers"]
    if body and all(name != b"content-length" for name, _ in headers):
        headers = [*headers, (b"content-length", str(len(body)).encode())]
    query = quote_from_bytes(scope["query_string"], safe=ASCII).encode()
    return {**scope, "headers": headers, "query_string": query}


class NoPlace(Exception):  # noqa: N818
    """None came free in time, or too many wait already."""


class Places:
    """So many at once; who has taken one gives it back at the end of its `with`."""

    def __init__(self, number: int) -> None:
        self._free = asyncio.Semaphore(number)
        self.waiting = 0

    async def take(self, seconds: float) -> "Places":
        """Wait so long for one. Raises NoPlace."""
        if self.waiting >= MOST_WAITING:
            raise NoPlace
        self.waiting += 1
        try:
            async with timeout(seconds):
                await self._free.acquire()
        except TimeoutError:
            raise NoPlace from None
        finally:
            self.waiting -= 1
        return self

    def __enter__(self) -> None:
        """It is taken already."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._free.release()
