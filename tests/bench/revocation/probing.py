"""Asks for living tokens without pause while they are revoked: was any of them active in an answer
to a question that was put after the acknowledgement?"""

import base64
import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from urllib.parse import urlencode

FORM = "application/x-www-form-urlencoded"
THREADS = 2
Probe = tuple[str, str]  # server id, token


def basic(credentials: tuple[str, str]) -> str:
    """The Authorization header of a client."""
    return "Basic " + base64.b64encode(":".join(credentials).encode()).decode()


def post(
    connection: http.client.HTTPConnection, path: str, form: dict[str, str], auth: tuple[str, str]
) -> tuple[int, bytes]:
    """One form on a keep-alive connection."""
    headers = {"Host": "localhost", "Content-Type": FORM, "Authorization": basic(auth)}
    connection.request("POST", path, urlencode(form), headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


@dataclass
class Asked:
    """Questions with their start, by the monotonic clock all processes share."""

    answers: list[tuple[float, str, bool]] = field(default_factory=list)

    def before(self, acknowledged: dict[str, float]) -> int:
        """How many were answered active before their revocation was acknowledged."""
        return sum(active for start, token, active in self.answers if start <= acknowledged[token])

    def after(self, acknowledged: dict[str, float]) -> list[bool]:
        """The answers to questions that were put later."""
        return [active for start, token, active in self.answers if start > acknowledged[token]]


@contextmanager
def asking(port: int, watcher: tuple[str, str], probes: list[Probe]) -> Iterator[Asked]:
    """For as long as the block lasts, and once more for each afterwards."""
    asked, stopped = Asked(), threading.Event()

    def ask(connection: http.client.HTTPConnection, probe: Probe) -> None:
        server_id, token = probe
        start = time.monotonic()
        path = f"/oauth2/{server_id}/v1/introspect"
        status, body = post(connection, path, {"token": token}, watcher)
        assert status == 200, (status, body)
        asked.answers.append((start, token, json.loads(body)["active"]))

    def run(place: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        for step in count(place, THREADS):
            if stopped.is_set():
                break
            ask(connection, probes[step % len(probes)])
        connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(THREADS)]
    for thread in threads:
        thread.start()
    try:
        yield asked
    finally:
        stopped.set()
        for thread in threads:
            thread.join()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for probe in probes:
        ask(connection, probe)
    connection.close()
