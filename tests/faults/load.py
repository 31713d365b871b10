"""Many requests at once, with what was answered and how long it took."""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from typing import Any

import httpx


@dataclass(frozen=True)
class Answer:
    """`response` is None when the connection broke."""

    response: httpx.Response | None
    seconds: float

    @property
    def status(self) -> int:
        return self.response.status_code if self.response is not None else 0


def ask(send: Callable[[], httpx.Response]) -> Answer:
    """One request."""
    began = time.monotonic()
    try:
        response = send()
    except httpx.TransportError:
        return Answer(None, time.monotonic() - began)
    return Answer(response, time.monotonic() - began)


def ask_together(send: Callable[[], httpx.Response], count: int) -> list[Answer]:
    """So many at the same moment."""
    with ThreadPoolExecutor(count) as pool:
        return [future.result() for future in [pool.submit(ask, send) for _ in range(count)]]


def statuses(answers: list[Answer]) -> Counter[int]:
    """How often each status came; 0 for a broken connection."""
    return Counter(answer.status for answer in answers)


class Load:
    """Clients that keep asking while something is done to the server."""

    def __init__(self, send: Callable[[], httpx.Response], clients: int = 4) -> None:
        self.send = send
        self.answers: list[Answer] = []
        self._stop = Event()
        self._pool = ThreadPoolExecutor(clients)
        self._clients = clients

    def __enter__(self) -> "Load":
        self._running: list[Any] = [self._pool.submit(self._run) for _ in range(self._clients)]
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._pool.shutdown()
        for future in self._running:
            future.result()

    def _run(self) -> None:
        while not self._stop.is_set():
            self.answers.append(ask(self.send))

    def granted(self) -> list[dict[str, Any]]:
        """The bodies of the good answers: what was acknowledged."""
        found = [a.response for a in self.answers if a.response is not None and a.status == 200]
        return [response.json() for response in found]
