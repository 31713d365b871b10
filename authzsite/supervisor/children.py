"""Child processes that end with their parent, however it ends."""

import ctypes
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field

PR_SET_PDEATHSIG = 1
GRACE_SECONDS = 8.0

# Looked up before any fork: a child must not import or allocate much.
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent(by: signal.Signals = signal.SIGTERM) -> None:
    """Ask the kernel for a signal when the parent is gone; in the child, before its program."""
    if LIBC is not None:
        LIBC.prctl(PR_SET_PDEATHSIG, by)


def end_with_server() -> None:
    """Called by a web process itself. Its server may have been killed while it was starting; later
    the kernel ends it at once: SIGTERM would be lost while the process sets up its own handlers,
    and a busy one would go on answering for seconds beside the next server."""
    die_with_parent(signal.SIGKILL)
    server = multiprocessing.parent_process()
    if server is not None and server.pid != os.getppid():
        raise SystemExit("the web server is gone")


@dataclass
class Children:
    """The processes of a supervisor, each in a session of its own."""

    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, command: list[str]) -> None:
        """Start one; a Ctrl-C reaches the supervisor only, which then stops it in order."""
        self.processes[name] = subprocess.Popen(  # noqa: S603 - our own command lines
            command,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - no threads run yet
        )

    def ended(self) -> list[str]:
        """Those that are no longer running, with how they ended."""
        return [
            f"{name} ended with status {process.returncode}"
            for name, process in self.processes.items()
            if process.poll() is not None
        ]

    def stop(self) -> None:
        """Ask all to end, wait, and kill what remains, whole sessions at a time."""
        self.send(signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < deadline and any(
            p.poll() is None for p in self.processes.values()
        ):
            time.sleep(0.05)
        self.kill()

    def kill(self) -> None:
        """At once; also what a child may have left in its session."""
        self.send(signal.SIGKILL)
        for process in self.processes.values():
            process.wait()

    def send(self, number: signal.Signals) -> None:
        """A signal to every session."""
        for process in self.processes.values():
            try:
                os.killpg(process.pid, number)
            except ProcessLookupError:
                continue
