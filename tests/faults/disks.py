"""A data folder whose disk can be filled: a small tmpfs where mounting is allowed, else a limit on
how far the web server's files may grow."""

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from tests.processes import Process

SIZE = 48 * 1024 * 1024
LEFT = 16 * 1024  # bytes: not enough for a commit


class Disk(Protocol):
    """What can be full."""

    folder: Path

    def fill(self, web: Process) -> None:
        """Nothing more can be written."""
        ...

    def free(self, web: Process) -> None:
        """It can again."""
        ...


class SmallDisk:
    """A tmpfs of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.filler = folder / "filler"

    def fill(self, web: Process) -> None:
        with self.filler.open("wb") as file:
            try:
                while True:
                    file.write(b"\0" * LEFT)
                    file.flush()
            except OSError:
                pass  # the rest of the buffer has no place, either

    def free(self, web: Process) -> None:
        self.filler.unlink()


class LimitedFiles:
    """RLIMIT_FSIZE, just above what the write-ahead log has now."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, web: Process) -> None:
        self._limit(web, 1)

    def free(self, web: Process) -> None:
        self._limit(web, resource.RLIM_INFINITY)

    def _limit(self, web: Process, size: int) -> None:
        for pid in [web.pid, *web.children()]:
            _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))


@contextmanager
def small_disk(folder: Path) -> Iterator[Disk | None]:
    """None where mounting isn't allowed."""
    folder.mkdir(mode=0o700)
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0700", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode:
        yield None
        return
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
