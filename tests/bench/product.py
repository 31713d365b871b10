"""The product's own processes for a benchmark, ended by their ids."""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.docs.blocks import ROOT

START_SECONDS = 180.0  # beside a busy machine's other work, too


@contextmanager
def role(name: str, folder: Path, environment: Mapping[str, str] | None = None) -> Iterator[int]:
    """`manage.py up web|worker|beat` with our environment, or that one; its process id."""
    command = [sys.executable, "manage.py", "up", name]
    with process_group(command, folder / f"{name}.log", environment or os.environ) as pid:
        yield pid


@contextmanager
def process_group(command: list[str], log: Path, environment: Mapping[str, str]) -> Iterator[int]:
    """A command and all that it starts, for as long as the block lasts; its process id."""
    with log.open("ab") as output:
        child = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield child.pid
    finally:
        os.killpg(child.pid, signal.SIGTERM)
        try:
            child.wait(timeout=15)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def wait_until_live(port: int) -> None:
    """Until the web server answers."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", "/health/live", headers={"Host": "localhost"})
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise TimeoutError(f"no web server on port {port}")


def resident_mib(pid: int) -> float:
    """The memory of a process and its children, in MiB."""
    pages = sum(int(_read(one, "statm").split()[1]) for one in family(pid))
    return pages * os.sysconf("SC_PAGESIZE") / 2**20


def cpu_seconds(pid: int) -> float:
    """The processor time, user and system, of a process and its children, those included that have
    ended and were waited for."""
    ticks = 0
    for one in family(pid):
        fields = _read(one, "stat").rpartition(")")[2].split()
        ticks += sum(map(int, fields[11:15]))  # utime, stime, cutime, cstime: proc(5)
    return ticks / os.sysconf("SC_CLK_TCK")


def family(pid: int) -> Iterator[int]:
    """A process and whatever its threads have started, as far as it is still there."""
    if _read(pid, "stat", ""):
        yield pid
        for thread in _threads(pid):
            for child in _read(pid, f"task/{thread}/children", "").split():
                yield from family(int(child))


def _threads(pid: int) -> list[str]:
    try:
        return os.listdir(f"/proc/{pid}/task")
    except OSError:
        return []


def _read(pid: int, name: str, default: str = "0 " * 20) -> str:
    """A file of a process; the default when it has ended meanwhile."""
    try:
        return Path(f"/proc/{pid}/{name}").read_text()
    except OSError:
        return default
