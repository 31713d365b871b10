"""PostgreSQL and Redis that a test may stop, kill, pause or starve; ended by process id."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import psycopg
import redis

from authzsite.supervisor.children import die_with_parent
from tests import services

STOP_SECONDS = 20.0


@dataclass
class Server:
    """A server process that can be ended and started again on the same port and data."""

    folder: Path
    port: int = field(default_factory=services.free_port)
    options: dict[str, Any] = field(default_factory=dict)  # of Popen
    child: "subprocess.Popen[bytes] | None" = None
    at_stop: ClassVar[signal.Signals] = signal.SIGTERM

    @property
    def pid(self) -> int:
        assert self.child is not None, "the server doesn't run"
        return self.child.pid

    def command(self) -> list[str]:
        raise NotImplementedError

    def answers(self) -> bool:
        raise NotImplementedError

    def start(self) -> None:
        """Until it answers."""
        log = self.folder / "server.log"
        with log.open("a") as output:
            self.child = subprocess.Popen(
                self.command(),
                stdout=output,
                stderr=output,
                cwd="/",
                start_new_session=True,
                preexec_fn=die_with_parent,  # tests that are killed leave nothing, either
                **self.options,
            )
        services.wait_for(self.answers, log)

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def stop(self, number: signal.Signals | None = None) -> None:
        """Until it is gone."""
        self.send(number or self.at_stop)
        assert self.child is not None
        self.child.wait(timeout=STOP_SECONDS)
        self.child = None

    def processes(self) -> list[int]:
        """The server's own processes, its first one last: they form a session."""
        return [*_session(self.pid), self.pid]

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Hung, as a whole: SIGSTOP to every process, SIGCONT at the end."""
        with stopped(*self.processes()):
            yield

    def end(self) -> None:
        """Whatever state it is in."""
        if self.child is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        for pid in _session(self.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.child.wait()
        self.child = None


@dataclass
class Postgres(Server):
    """A cluster of its own; `settings` are given on the command line."""

    settings: dict[str, str | None] = field(default_factory=dict)
    at_stop = signal.SIGINT  # "fast": it doesn't wait for its clients

    @property
    def url(self) -> str:
        return f"postgresql://authzsite@127.0.0.1:{self.port}/postgres"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def create(self) -> None:
        """An empty cluster, and start it."""
        self.options = services.demotion(self.data)
        services.make_cluster(self.data, self.options)
        self.start()

    def command(self) -> list[str]:
        return services.postgres_command(self.data, self.port, **self.settings)

    def answers(self) -> bool:
        return services.can_query(self.url)

    def crash(self) -> None:
        """`pg_ctl -m immediate stop`: no shutdown, recovery at the next start."""
        self.stop(signal.SIGQUIT)

    def connect(self) -> "psycopg.Connection[Any]":
        """A session of the test's own, in autocommit."""
        return psycopg.connect(self.url, autocommit=True, connect_timeout=5)

    def query(self, sql: str, *parameters: Any) -> list[Any]:
        """The rows of one statement."""
        with self.connect() as connection:
            return connection.execute(sql.encode(), parameters or None).fetchall()

    def backends(self, state: str = "%") -> list[int]:
        """The processes that serve other clients."""
        sql = (
            "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' "
            "AND pid <> pg_backend_pid() AND state LIKE %s ORDER BY backend_start"
        )
        return [row[0] for row in self.query(sql, state)]


@dataclass
class Redis(Server):
    """A Redis without persistence unless `settings` say otherwise."""

    settings: tuple[str, ...] = ("--save", "", "--appendonly", "no")

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        binary = services.find_redis()
        assert binary, "Redis isn't installed"
        place = ("--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder))
        return [binary, *place, *self.settings]

    def ask(self, *command: str) -> Any:
        """The answer to one command."""
        with redis.Redis(port=self.port, socket_timeout=5) as client:
            return client.execute_command(*command)

    def answers(self) -> bool:
        return services.can_connect(self.port)


@contextlib.contextmanager
def stopped(*pids: int) -> Iterator[None]:
    """These processes hang for as long as the block lasts."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def wait_until(condition: Any, seconds: float = 20.0, what: str = "") -> None:
    """Until it holds; a test that waits for ever proves nothing."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what or "it never came about"
        time.sleep(0.02)


def _session(leader: int) -> list[int]:
    """The other processes whose parent is this one: PostgreSQL's put themselves into sessions of
    their own."""
    listed = Path(f"/proc/{leader}/task").glob("*/children")
    found: list[int] = []
    for path in listed:
        with contextlib.suppress(OSError):
            found += [int(pid) for pid in path.read_text().split()]
    return found
