"""Requests over one kept connection per thread, with when they began and ended."""

import http.client
import json
import socket
import time
from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

from tests.history.latch import Interval

FORM: Final = "application/x-www-form-urlencoded"
TIMEOUT_SECONDS: Final = 30.0


class Unknown(Exception):
    """No answer, or one that says that the server couldn't tell: it may have happened or not."""

    def __init__(self, when: Interval, status: int = 0, what: str = "") -> None:
        super().__init__(f"status {status}" if status else "no answer")
        self.what = what  # endpoint and reference
        self.when = when
        self.status = status


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer."""

    status: int
    body: bytes
    location: str
    when: Interval

    @property
    def members(self) -> dict[str, Any]:
        """Of a JSON object."""
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def error(self) -> str:
        """The code of a refusal."""
        return str(self.members.get("error", "")) if self.body[:1] == b"{" else ""


def basic(client_id: str, secret: str) -> str:
    """An Authorization header (RFC 6749 §2.3.1)."""
    pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return f"Basic {b64encode(pair.encode()).decode()}"


class Wire:
    """One thread's connection to the web server. What it answers 5xx is counted in `failures`."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.requests = 0
        self.failures: dict[int, int] = {}  # by status; 0: no answer
        self._connection: http.client.HTTPConnection | None = None

    def post(self, path: str, form: dict[str, str], authorization: str) -> Reply:
        """A form, authenticated. Raises Unknown."""
        headers = {"Content-Type": FORM, "Authorization": authorization}
        return self._send("POST", path, urlencode(form).encode(), headers)

    def get(self, path: str, **headers: str) -> Reply:
        """Raises Unknown."""
        return self._send("GET", path, None, headers)

    def _send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Reply:
        self.requests += 1
        start = time.monotonic()
        try:
            reply = self._exchange(method, path, body, headers, start)
        except (OSError, http.client.HTTPException):
            self.hang_up()
            self.failures[0] = self.failures.get(0, 0) + 1
            raise Unknown(Interval(start, time.monotonic())) from None
        if reply.status >= 500:
            self.failures[reply.status] = self.failures.get(reply.status, 0) + 1
            what = f"{method} {path.partition('?')[0]} {reply.body[:300]!r}"
            raise Unknown(reply.when, reply.status, what)
        return reply

    def _exchange(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str], start: float
    ) -> Reply:
        connection = self._connected()
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        when = Interval(start, time.monotonic())
        if answer.will_close:
            self.hang_up()
        return Reply(answer.status, content, answer.headers.get("Location", ""), when)

    def _connected(self) -> http.client.HTTPConnection:
        if self._connection is None:
            self._connection = http.client.HTTPConnection(
                "127.0.0.1", self.port, timeout=TIMEOUT_SECONDS
            )
            self._connection.connect()
            self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._connection

    def abandon(
        self, path: str, form: dict[str, str], authorization: str, *, is_whole: bool
    ) -> Unknown:
        """Send a request, or half of one, and hang up before the answer (F32)."""
        self.requests += 1
        body = urlencode(form).encode()
        start = time.monotonic()
        with suppress(OSError, http.client.HTTPException):
            connection = self._connected()
            connection.putrequest("POST", path)
            connection.putheader("Content-Type", FORM)
            connection.putheader("Authorization", authorization)
            connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body if is_whole else body[: len(body) // 2])
        self.hang_up()
        return Unknown(Interval(start, time.monotonic()))

    def hang_up(self) -> None:
        """Close; the next request opens another one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
