"""Statements of a call, counted inside of the process, and its time, measured over HTTP."""

import http.client
import time
from dataclasses import dataclass

from django.db import connection
from django.test import Client as Http
from django.test.utils import CaptureQueriesContext

from tests.bench.load import percentile

MOST_STATEMENTS = 4
MOST_MILLISECONDS = 50.0


@dataclass(frozen=True, slots=True)
class Measured:
    """One call."""

    title: str
    statements: int
    kilobytes: float
    milliseconds: list[float]

    @property
    def p95(self) -> float:
        return percentile(self.milliseconds, 0.95)

    @property
    def is_good(self) -> bool:
        """Whether it is as the goal says."""
        return self.statements <= MOST_STATEMENTS and self.p95 <= MOST_MILLISECONDS


def measure(title: str, path: str, token: str, port: int, times: int) -> Measured:
    """So many calls one after another on one connection, after some that warm it up."""
    authorization = f"SSWS {token}"
    statements = count(path, authorization)
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    found, size = [], 0
    for turn in range(times + 5):
        began = time.perf_counter()
        line.request("GET", path, headers={"Authorization": authorization, "Host": "localhost"})
        answer = line.getresponse()
        size = len(answer.read())
        assert answer.status == 200, f"{path}: {answer.status}"
        if turn >= 5:
            found.append((time.perf_counter() - began) * 1000)
    line.close()
    return Measured(title, statements, size / 1024, found)


def count(path: str, authorization: str) -> int:
    """The statements of the second call, credential included; the first may fill caches."""
    http_client = Http(HTTP_HOST="localhost")
    http_client.get(path, HTTP_AUTHORIZATION=authorization)
    with CaptureQueriesContext(connection) as captured:
        answer = http_client.get(path, HTTP_AUTHORIZATION=authorization)
    assert answer.status_code == 200, f"{path}: {answer.content!r}"
    return len([one for one in captured if not one["sql"].startswith(("BEGIN", "COMMIT", "SAVE"))])
