"""wrk, one thread of it, sending what a subject has prepared."""

import base64
import itertools
import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

FORM: Final = "application/x-www-form-urlencoded"
SCRIPT: Final = Path(__file__).with_name("load.lua")
SLACK_SECONDS: Final = 60  # for the list to be read, and for the slowest answer
PATIENCE: Final = "30s"  # of one request

Way = Literal["cycle", "once", "chain"]
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Request:
    """One kind of request. The body is `form` and, behind it, one item of the prepared `supply`
    after another; a request without supply is always the same."""

    path: str
    form: str = ""
    credentials: tuple[str, str] | None = None
    way: Way = "cycle"
    supply: str = ""

    @property
    def method(self) -> str:
        """A form is posted."""
        return "POST" if self.form else "GET"

    def headers(self, host: str) -> dict[str, str]:
        """Without the length."""
        found = {"Host": host}
        if self.form:
            found["Content-Type"] = FORM
        if self.credentials:
            pair = base64.b64encode(":".join(self.credentials).encode()).decode()
            found["Authorization"] = f"Basic {pair}"
        return found


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk saw. Milliseconds; `is_out` when the list ended before the time."""

    requests: int
    seconds: float
    p50: float
    p99: float
    statuses: int
    broken: int
    is_out: bool

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds if self.seconds else 0.0

    @property
    def failures(self) -> int:
        """Answers of 400 and above, and connections that broke."""
        return self.statuses + self.broken


def is_there() -> bool:
    """Whether wrk is installed."""
    return shutil.which("wrk") is not None


def send(
    folder: Path,
    port: int,
    request: Request,
    items: Sequence[str],
    *,
    connections: int,
    seconds: int,
    host: str = "",
) -> Load:
    """So many connections for so many seconds, each with its next request as soon as it has the
    answer. `folder` keeps the lists, which hold tokens: it is private."""
    number = next(_numbers)
    head, prefix, listed = (folder / f"{part}-{number}" for part in ("head", "prefix", "list"))
    lines = [f"{request.method} {request.path} HTTP/1.1"]
    lines += [f"{k}: {v}" for k, v in request.headers(host or f"127.0.0.1:{port}").items()]
    head.write_text("".join(f"{line}\r\n" for line in lines), newline="")
    prefix.write_text(request.form)
    listed.write_text("".join(f"{item}\n" for item in items or [""]))
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", PATIENCE]
    command += ["-s", str(SCRIPT), f"http://127.0.0.1:{port}", "--"]
    command += [request.way, str(head), str(prefix), str(listed)]
    try:
        done = subprocess.run(
            command, check=True, capture_output=True, text=True, timeout=seconds + SLACK_SECONDS
        )
    finally:
        for file in (head, prefix, listed):
            file.unlink()
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return Load(**found)
