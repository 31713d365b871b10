"""`manage.py up` in a folder of its own: an installation as a person gets it, and its processes."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import httpx

from tests.docs.blocks import ROOT
from tests.services import free_port

START_SECONDS, STOP_SECONDS = 60, 15
LAST_LINE = "Ctrl-C stops everything."


class Installation:
    """A supervisor and what it started."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.port = free_port()
        self.folder = folder
        inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        own = {"PORT": str(self.port), "DATA_DIR": str(folder), "PYTHONUNBUFFERED": "1"}
        self.log = folder.with_suffix(".log")
        with self.log.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up"],
                env=inherited | own | environment,
                cwd=str(ROOT),
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def url(self) -> str:
        """The address that it prints."""
        return f"http://localhost:{self.port}"

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while LAST_LINE not in self.log.read_text():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    def printed(self, pattern: str) -> str:
        """What the first group of the pattern matches in the printed lines."""
        found = re.search(pattern, self.log.read_text())
        assert found, self.log.read_text()
        return found[1]

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"{self.url}{path}")

    def processes(self) -> list[str]:
        """Command lines of all processes that were started for this folder."""
        mark = f"DATA_DIR={self.folder}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue
        return found

    def wait_until_gone(self) -> None:
        deadline = time.monotonic() + STOP_SECONDS
        while left := self.processes():
            assert time.monotonic() < deadline, left
            time.sleep(0.1)

    def end(self) -> None:
        """Whatever happens: nothing survives the supervisor."""
        self.process.kill()
        self.process.wait()
        self.wait_until_gone()
