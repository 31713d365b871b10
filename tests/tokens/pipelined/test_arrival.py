"""What a request waits for before anything is done for it has an end: its body, its place in a
thread (row 19, row 323)."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

import pytest

from authzsite import arrival, pipelined
from authzsite.arrival import Message, Places, Receive, Scope, Send
from authzsite.pipelined import PipelinedEdge
from tests.tokens.pipelined.calls import DEADLINE, FORM, running, scope_of, until

pytestmark = [pytest.mark.postgres, pytest.mark.fault]
TOKEN, KEYS = "/oauth2/default/v1/token", "/oauth2/default/v1/keys"
CONSOLE, MANAGEMENT = "/admin/", "/api/v1/groups"


def answered(
    edge: PipelinedEdge, scope: Scope, receive: Receive
) -> Awaitable[tuple[int, dict[str, str]]]:
    """Status and headers of the answer."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def asked() -> tuple[int, dict[str, str]]:
        await edge(scope, receive, send)
        headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return sent[0]["status"], headers

    return asked()


async def never() -> Message:
    await asyncio.sleep(2 * DEADLINE)
    raise AssertionError("nobody waits so long")


def whole(body: bytes = b"") -> Receive:
    """A caller who sends it, and goes away."""
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    return receive


def posting(path: str, *headers: tuple[bytes, bytes]) -> Scope:
    return scope_of(path, headers=[(b"content-type", FORM), *headers])


class Threads:
    """In Django's place: keeps its callers until it is told otherwise."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.working = 0
        self.heard: list[Message] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.working += 1
        self.heard.append(await receive())
        listening = asyncio.create_task(self._listen(receive))
        await self.go_on.wait()
        listening.cancel()
        self.working -= 1
        await send({"type": "http.response.start", "status": 299, "headers": []})

    async def _listen(self, receive: Receive) -> None:
        self.heard.append(await receive())


def with_threads(
    scenario: Callable[[PipelinedEdge, Threads], Awaitable[Any]], places: int = 1
) -> Any:
    async def opened() -> Any:
        threads = Threads()
        edge = PipelinedEdge(threads)
        edge.places = Places(places)
        return await scenario(edge, threads)

    return running(opened)


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Callable[[], list[tuple[str, Any]]]:
    """What the stream was told of: refusals and outages by their reason, access lines by their
    status. There is no database in these tests: nobody could have written a row."""
    caplog.set_level("INFO", "authzsite.access")

    def read() -> list[tuple[str, Any]]:
        found = [(one.name.removeprefix("authzsite."), vars(one)) for one in caplog.records]
        return [(name, facts.get("reason") or facts.get("status")) for name, facts in found]

    return read


@pytest.mark.parametrize("path", [TOKEN, KEYS, CONSOLE])
def test_row_19_a_body_that_does_not_come_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, path: str, told: Callable[[], list[tuple[str, Any]]]
) -> None:
    """R24, G5: a stranger's, of whom the stream hears."""
    monkeypatch.setattr(arrival, "ARRIVAL_SECONDS", 0.05)

    async def scenario(edge: PipelinedEdge, threads: Threads) -> Any:
        scope = posting(path, (b"content-length", b"20"))
        scope["method"] = "GET" if path == KEYS else "POST"
        return await answered(edge, scope, never), threads.heard

    (status, headers), heard = with_threads(scenario)
    assert (status, heard) == (408, [])
    assert headers["x-request-reference"]
    assert headers.get("access-control-allow-origin") == ("*" if path == KEYS else None)
    assert told() == [("refused", "request_too_slow"), ("access", 408)]


@pytest.mark.parametrize(("path", "most"), [(TOKEN, 1), (MANAGEMENT, 16), (CONSOLE, 16)])
def test_row_19_of_an_endless_body_no_more_is_read_than_may_come(
    path: str, most: int, told: Callable[[], list[tuple[str, Any]]]
) -> None:
    pieces = count()

    async def endless() -> Message:
        assert next(pieces) <= most
        return {"type": "http.request", "body": b"a" * 65536, "more_body": True}

    async def scenario(edge: PipelinedEdge, threads: Threads) -> Any:
        return await answered(edge, posting(path), endless), threads.heard

    (status, _), heard = with_threads(scenario)
    assert (status, heard) == (413, [])
    assert told() == [("refused", "request_too_large"), ("access", 413)]


def test_row_19_a_body_that_says_that_it_is_too_long_is_not_read_for_pages_either() -> None:
    async def scenario(edge: PipelinedEdge, threads: Threads) -> list[Message]:
        threads.go_on.set()
        await answered(edge, posting(CONSOLE, (b"content-length", b"2000000")), never)
        return threads.heard

    assert with_threads(scenario) == [{"type": "http.request", "body": b"", "more_body": False}]


def test_row_323_who_sends_slowly_takes_nobodys_place(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(edge: PipelinedEdge, threads: Threads) -> int:
        threads.go_on.set()
        scope = posting(CONSOLE, (b"content-length", b"20"))
        slow = [asyncio.ensure_future(answered(edge, scope, never)) for _ in range(20)]
        await asyncio.sleep(0)
        status, _ = await answered(edge, scope_of(CONSOLE, "GET"), whole())
        for one in slow:
            one.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
        return status

    assert with_threads(scenario) == 299


def test_F32_a_caller_who_leaves_ends_no_work_in_the_middle() -> None:
    async def scenario(edge: PipelinedEdge, threads: Threads) -> list[Message]:
        asked = asyncio.ensure_future(answered(edge, posting(CONSOLE), whole(b"a=b")))
        await until(lambda: threads.working == 1)
        await asyncio.sleep(0.01)
        threads.go_on.set()
        assert (await asked)[0] == 299
        return threads.heard

    assert with_threads(scenario) == [{"type": "http.request", "body": b"a=b", "more_body": False}]


def test_places_are_waited_for_no_longer_than_a_request_may_take_and_go_on_afterwards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pipelined, "PROGRAM_SECONDS", 0.05)

    async def scenario(edge: PipelinedEdge, threads: Threads) -> Any:
        first = asyncio.ensure_future(answered(edge, scope_of(MANAGEMENT, "GET"), whole()))
        await until(lambda: threads.working == 1)
        refused = await answered(edge, scope_of(MANAGEMENT, "GET"), whole())
        threads.go_on.set()
        well = [await first, await answered(edge, scope_of(MANAGEMENT, "GET"), whole())]
        return refused, [status for status, _ in well], edge.places.waiting

    (status, headers), well, waiting = with_threads(scenario)
    assert (status, int(headers["retry-after"]) > 0) == (503, True)
    assert (well, waiting) == ([299, 299], 0)


def test_a_queue_that_is_full_is_a_503_at_once(
    monkeypatch: pytest.MonkeyPatch, told: Callable[[], list[tuple[str, Any]]]
) -> None:
    monkeypatch.setattr(arrival, "MOST_WAITING", 2)

    async def scenario(edge: PipelinedEdge, threads: Threads) -> Any:
        asked = [
            asyncio.ensure_future(answered(edge, scope_of(CONSOLE, "GET"), whole()))
            for _ in range(3)
        ]
        await until(lambda: edge.places.waiting == 2)
        status, headers = await answered(edge, scope_of(CONSOLE, "GET"), whole())
        threads.go_on.set()
        return status, int(headers["retry-after"]) > 0, [(await one)[0] for one in asked]

    assert with_threads(scenario) == (503, True, [299] * 3)
    assert told() == [("unavailable", "no place came free"), ("access", 503)]


WHOLE, PART = {"type": "http.request", "body": b"a=b"}, {"type": "http.request", "more_body": True}
GONE = {"type": "http.disconnect"}


@pytest.mark.parametrize("path", [TOKEN, CONSOLE])
@pytest.mark.parametrize("messages", [[GONE], [PART, GONE], [WHOLE, GONE]])
def test_F32_callers_who_leave_take_no_place_with_them(path: str, messages: list[Message]) -> None:
    """Before the body, in the middle, before the answer, which nobody takes then."""

    async def scenario(edge: PipelinedEdge, threads: Threads) -> tuple[Any, ...]:
        threads.go_on.set()

        async def gone(message: Message) -> None:
            raise OSError("nobody takes it")

        async def leaving() -> None:
            left = list(messages)

            async def receive() -> Message:
                return left.pop(0)

            scope = posting(path)
            scope["headers"] = [*scope["headers"], (b"content-encoding", b"x")]  # refused early
            await edge(scope, receive, gone)

        ends = await asyncio.gather(*(leaving() for _ in range(20)), return_exceptions=True)
        assert {type(one) for one in ends} == {OSError if messages[0] is WHOLE else type(None)}
        status, _ = await answered(edge, scope_of(CONSOLE, "GET"), whole())
        return edge.in_flight, edge.places.waiting, status

    assert with_threads(scenario) == (0, 0, 299)
