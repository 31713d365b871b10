"""The product's own processes by its own commands, for tests that kill, stop or starve them."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import httpx
from django.conf import settings

from authzsite.supervisor.children import die_with_parent
from tests.services import free_port

_numbers = count(1)
START_SECONDS = 60.0
STOP_SECONDS = 40.0


@dataclass
class Installation:
    """Where an installation lives and what its processes are told; each role is started alone."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    running: list["Process"] = field(default_factory=list)
    more_ports: list[int] = field(default_factory=list)  # of web servers beside the first

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def mark(self) -> str:
        """What is in the environment of all of its processes and of no others."""
        return f"DATA_DIR={self.folder}"

    def environ(self) -> dict[str, str]:
        """Nothing of the developer's own settings, and nothing of the test settings."""
        inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        own = {"PORT": str(self.port), "DATA_DIR": str(self.folder), "PYTHONUNBUFFERED": "1"}
        if "DATABASE_URL" in self.environment:  # else there is but one edge
            own["EDGE"] = os.environ.get("TEST_EDGE", "")
        return inherited | own | {"DEMO": "0", "LOG_LEVEL": "WARNING"} | self.environment

    def run(self, *arguments: str) -> str:
        """`python …` in this installation; what it printed. Fails with its output."""
        result = subprocess.run(
            [sys.executable, *arguments],
            env=self.environ(),
            cwd=str(settings.ROOT),
            capture_output=True,
            text=True,
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def manage(self, *arguments: str) -> str:
        """`manage.py …`; what it printed."""
        return self.run("manage.py", *arguments)

    def start(self, role: str, **environment: str) -> "Process":
        """`manage.py up ROLE`, without waiting for it."""
        log = self.folder.parent / f"{role}-{self.folder.name}-{next(_numbers)}.log"
        process = Process.start(["manage.py", "up", role], self.environ() | environment, log)
        self.running.append(process)
        return process

    def start_web(self) -> "Process":
        """The web server, answering."""
        process = self.start("web")
        process.wait_until(self.is_live)
        return process

    def start_another_web(self, **environment: str) -> "Process":
        """One beside the first, on a port of its own, answering."""
        self.more_ports.append(free_port())
        process = self.start("web", **self.beside(), **environment)
        process.wait_until(lambda: self.is_live(self.more_ports[-1]))
        return process

    def beside(self) -> dict[str, str]:
        """What the web server on the last further port is told."""
        return {"BASE_URL": self.url, "PORT": str(self.more_ports[-1])}

    def is_live(self, port: int = 0) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            url = f"http://localhost:{port or self.port}/health/live"
            return httpx.get(url, timeout=2).status_code == 200
        return False

    def processes(self) -> dict[int, str]:
        """pid → command line of everything that runs for this installation."""
        mark, found = self.mark.encode(), {}
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if entry.name.isdigit() and mark in (entry / "environ").read_bytes().split(b"\0"):
                    command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    if command:  # empty: it has ended and waits for its parent
                        found[int(entry.name)] = command
        return found

    def end(self) -> None:
        """Kill what is left, by process id."""
        while self.running:
            self.running.pop().kill()
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@dataclass
class Process:
    """One process with the session that it leads."""

    child: "subprocess.Popen[bytes]"
    log: Path

    @classmethod
    def start(cls, arguments: list[str], environment: dict[str, str], log: Path) -> "Process":
        """`python …` from the checkout."""
        with log.open("w") as output:
            child = subprocess.Popen(
                [sys.executable, *arguments],
                env=environment,
                cwd=str(settings.ROOT),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=die_with_parent,  # tests that are killed leave nothing, either
            )
        return cls(child, log)

    @property
    def pid(self) -> int:
        return self.child.pid

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Until it holds; fails with the log when the process ends or takes too long."""
        deadline = time.monotonic() + START_SECONDS
        while not condition():
            assert self.child.poll() is None, self.log.read_text()[-4000:]
            assert time.monotonic() < deadline, self.log.read_text()[-4000:]
            time.sleep(0.05)

    def children(self) -> list[int]:
        """The processes that it has started itself."""
        listed = Path(f"/proc/{self.pid}/task").glob("*/children")
        return sorted({int(pid) for path in listed for pid in path.read_text().split()})

    def terminate(self) -> int:
        """SIGTERM to the leader, as `systemctl stop` with KillMode=mixed; its status."""
        self.child.terminate()
        return self.child.wait(timeout=STOP_SECONDS)

    def kill(self) -> None:
        """SIGKILL to its whole session."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.child.wait()


@contextlib.contextmanager
def installation(folder: Path, **environment: str) -> Iterator[Installation]:
    """An installation whose processes end with the block."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = Installation(folder, environment)
    try:
        yield made
    finally:
        made.end()
