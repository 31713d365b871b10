"""The product's own processes for a benchmark, ended by their ids."""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.docs.blocks import ROOT

START_SECONDS = 60.0


@contextmanager
def role(name: str, folder: Path) -> Iterator[int]:
    """`manage.py up web|worker|beat` with our environment; its process id."""
    command = [sys.executable, "manage.py", "up", name]
    with (folder / f"{name}.log").open("ab") as log:
        child = subprocess.Popen(
            command, cwd=ROOT, env=os.environ, stdout=log, stderr=log, start_new_session=True
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
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    own = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 2**20
    return own + sum(resident_mib(int(child)) for child in children)
