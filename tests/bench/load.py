"""A load that doesn't wait for slow answers, and what it saw."""

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Call = Callable[[http.client.HTTPConnection], int]
"""One request on a keep-alive connection; the status of its answer."""


@dataclass
class Seen:
    """Latencies in milliseconds, counted from the moment at which a request was due, so that a
    stalled server can't hide the requests that it kept from being sent."""

    latencies: list[float] = field(default_factory=list)
    failures: int = 0

    def percentile(self, share: float) -> float:
        """The latency that this share of the requests didn't exceed, in milliseconds."""
        return percentile(self.latencies, share)


def percentile(values: list[float], share: float) -> float:
    """The value that this share of them doesn't exceed; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


class OpenLoad:
    """So many requests a second on so many connections, until stopped."""

    def __init__(self, port: int, call: Call, *, rate: float, connections: int = 8) -> None:
        self.port, self.call = port, call
        self.interval = connections / rate
        self.connections = connections
        self.stopped = threading.Event()
        self.seen = Seen()
        self._lock = threading.Lock()

    def _run(self, place: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        due = time.monotonic() + self.interval * place / self.connections
        while not self.stopped.wait(max(0.0, due - time.monotonic())):
            try:
                status = self.call(connection)
            except (OSError, http.client.HTTPException):
                connection.close()
                status = 0
            with self._lock:
                self.seen.latencies.append((time.monotonic() - due) * 1000)
                self.seen.failures += status != 200
            due += self.interval
        connection.close()

    def fresh(self) -> Seen:
        """What was seen since the last time this was asked."""
        with self._lock:
            seen, self.seen = self.seen, Seen()
        return seen

    @contextmanager
    def running(self) -> Iterator["OpenLoad"]:
        """For as long as the block lasts."""
        threads = [
            threading.Thread(target=self._run, args=(place,)) for place in range(self.connections)
        ]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self.stopped.set()
            for thread in threads:
                thread.join()
