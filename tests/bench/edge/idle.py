"""2,000 connections that are kept, a tenth of them busy: p99 of the busy ones, memory of the
server, and whether the others get their answer when they ask for something, every few seconds."""

import resource
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.bench.edge.generator import Load, Request, send
from tests.bench.edge.subject import Subject
from tests.bench.product import resident_mib

HELD: Final = 2000
ACTIVE_SHARE: Final = 10  # one in ten
ROUND_SECONDS: Final = 5.0  # in which each idle one asks once; the server gives up after ten
LEAST_SECONDS: Final = 10


@dataclass(frozen=True, slots=True)
class Held:
    """What was seen. `lost` are idle connections that the server had closed or answered wrongly."""

    title: str
    idle: int
    active: int
    load: Load
    before: float
    during: float
    lost: int

    def __str__(self) -> str:
        return (
            f"{self.idle + self.active:,} connections kept, {self.active} of them busy "
            f"({self.title}): {self.load.rate:,.0f} requests a second, p50 {self.load.p50:.1f} ms, "
            f"p99 {self.load.p99:.1f} ms, {self.load.failures} failures, {self.lost} of the idle "
            f"ones lost; memory of the server {self.before:.0f} MiB before, "
            f"{self.during:.0f} MiB with them."
        )


def hold(subject: Subject, name: str, folder: Path, seconds: int, connections: int = HELD) -> Held:
    """One operation that spends nothing, under those connections."""
    allow_files(connections + 500)
    request, active = subject.requests[name], connections // ACTIVE_SHARE
    before = resident_mib(subject.server)
    with ExitStack() as stack:
        idle = Idle(subject, request)
        stack.enter_context(idle.kept(connections - active))
        load = send(
            folder,
            subject.port,
            request,
            (),
            connections=active,
            seconds=max(seconds, LEAST_SECONDS),
            host=subject.host,
        )
        during = resident_mib(subject.server)
    title = f"{subject.title}, {name}"
    return Held(title, connections - active, active, load, before, during, idle.lost)


def allow_files(count: int) -> None:
    """As many open files as that, where the system lets us; the servers inherit it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(count, hard), hard))


class Idle:
    """Connections that ask once in a round."""

    def __init__(self, subject: Subject, request: Request) -> None:
        self.address = ("127.0.0.1", subject.port)
        headers = request.headers(subject.host or f"127.0.0.1:{subject.port}")
        if request.form:
            headers["Content-Length"] = str(len(request.form))
        lines = [f"{request.method} {request.path} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.message = ("\r\n".join([*lines, "", ""]) + request.form).encode()
        self.lost = 0
        self.stopped = threading.Event()

    @contextmanager
    def kept(self, count: int) -> Iterator[None]:
        """For as long as the block lasts."""
        opened = [socket.create_connection(self.address, timeout=30) for _ in range(count)]
        asking = threading.Thread(target=self._rounds, args=(opened,))
        asking.start()
        try:
            yield
        finally:
            self.stopped.set()
            asking.join()
            for one in opened:
                one.close()

    def _rounds(self, opened: Sequence[socket.socket]) -> None:
        there, pause = list(opened), ROUND_SECONDS / len(opened)
        while not self.stopped.is_set():
            due = time.monotonic()
            for one in list(there):
                if not self._answers(one):
                    there.remove(one)
                    self.lost += 1
                due += pause
                self.stopped.wait(max(0.0, due - time.monotonic()))

    def _answers(self, one: socket.socket) -> bool:
        try:
            one.sendall(self.message)
            return one.recv(65536).startswith(b"HTTP/1.1 200")
        except OSError:
            return False
