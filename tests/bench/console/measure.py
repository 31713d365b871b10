"""The time of a page over HTTP, and its statements, counted inside of the process."""

import html
import http.client
import re
import time
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from apps.directory.models import User
from tests.bench.load import percentile

MOST_MILLISECONDS: Final = 300.0
MOST_SHOWN: Final = 2000  # characters of a statement
NEXT: Final = re.compile(r'href="([^"]+)" rel="next"')
BIG_CLIENT, CLIENT, USER = ("0oa" + f"{n:017}" for n in (0, 77, 0))
PERSON, GRANT = "00u" + f"{77:017}", "oar" + f"{777:017}"
SERVERS = "servers/authorizationserver/"
PAGES: Final = {
    "dashboard": "",
    "servers": SERVERS,
    "servers, searched": f"{SERVERS}?q=Server 7",
    "servers, filtered": f"{SERVERS}?status__exact=INACTIVE",
    "a server": f"{SERVERS}s7/change/",
    "its policies": f"{SERVERS}s7/policies/",
    "clients": "clients/client/",
    "clients, second page": "clients/client/ next",
    "clients, searched": "clients/client/?q=Client 77",
    "clients, searched, =": "clients/client/?q==client-77",
    "clients, searched, common": "clients/client/?q=^client",
    "clients, by type": "clients/client/?type__exact=native",
    "clients, by status": "clients/client/?status__exact=INACTIVE",
    "clients, by both": "clients/client/?status__exact=INACTIVE&type__exact=native",
    "clients, by change": "clients/client/?o=-6",
    "a client": f"clients/client/{CLIENT}/change/",
    "users": "directory/user/",
    "users, searched": "directory/user/?q=user77",
    "users, searched, =": "directory/user/?q==user77@example.com",
    "users, searched, common": "directory/user/?q=^user",
    "users, searched, a name": "directory/user/?q=First7 Last77",
    "users, by status": "directory/user/?status__exact=LOCKED_OUT",
    "users, by role": "directory/user/?role=auditor",
    "users, searched and by status": "directory/user/?q=user&status__exact=LOCKED_OUT",
    "a user": f"directory/user/{PERSON}/change/",
    "groups": "directory/group/",
    "groups, searched": "directory/group/?q=Group 7",
    "grants": "tokens/grant/",
    "grants, second page": "tokens/grant/ next",
    "grants of a user": f"tokens/grant/?user_id={PERSON}",
    "grants of a client": f"tokens/grant/?client_id={CLIENT}",
    "grants of the big client": f"tokens/grant/?client_id={BIG_CLIENT}",
    "grants of the big client, revoked": f"tokens/grant/?client_id={BIG_CLIENT}&revoked=yes",
    "grants, revoked": "tokens/grant/?revoked=yes",
    "grants, searched": f"tokens/grant/?q={PERSON}",
    "a grant": f"tokens/grant/{GRANT}/change/",
    "access tokens": "tokens/accesstoken/",
    "access tokens of a user": f"tokens/accesstoken/?user_id={PERSON}",
    "access tokens of the big client": f"tokens/accesstoken/?client_id={BIG_CLIENT}",
    "access tokens, revoked": "tokens/accesstoken/?revoked=yes",
    "consents": "tokens/consent/",
    "consents of a client": f"tokens/consent/?q={CLIENT}",
    "log": "systemlog/logevent/",
    "log, second page": "systemlog/logevent/ next",
    "log, a rare kind": "systemlog/logevent/?what=people",
    "log, failures": "systemlog/logevent/?outcome=FAILURE",
    "log, rare failures of a kind": "systemlog/logevent/?what=people&outcome=FAILURE",
    "log, errors": "systemlog/logevent/?severity=ERROR",
    "log, last hour": "systemlog/logevent/?since=hour",
    "log of a user": f"systemlog/logevent/?user_id={PERSON}",
    "log of a server, long ago": "systemlog/logevent/?server_id=s0",
    "log of a flow": "systemlog/logevent/?reference=AAAA-BBBB-CCCC-2222",
    "log, searched": "systemlog/logevent/?q=nobody",
    "an event": "systemlog/logevent/777/change/",
    "jobs": "jobs/",
}
"""Title → address below /admin/; ` next` asks for the page behind it."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One page."""

    title: str
    statements: int
    kilobytes: float
    first: float
    milliseconds: list[float]
    slowest: str  # statement, with its seconds

    @property
    def p95(self) -> float:
        return percentile(self.milliseconds, 0.95)

    @property
    def is_good(self) -> bool:
        """Whether it is as the goal says."""
        return self.p95 <= MOST_MILLISECONDS


class Visitor:
    """Somebody who is signed in."""

    def __init__(self, port: int, login: str) -> None:
        self.port = port
        self.browser = Browser(HTTP_HOST="localhost")
        self.browser.force_login(User.objects.get(login=login))
        name = settings.SESSION_COOKIE_NAME
        self.headers = {"Host": "localhost", "Cookie": f"{name}={self.browser.cookies[name].value}"}

    def measure(self, title: str, path: str, times: int) -> Measured:
        """So many requests one after another on one connection; the first one is told apart."""
        url = self._url(path)
        statements, slowest = self._statements(url)
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        found, size = [], 0
        for _ in range(times + 1):
            began = time.perf_counter()
            line.request("GET", url, headers=self.headers)
            answer = line.getresponse()
            size = len(answer.read())
            assert answer.status == 200, f"{url}: {answer.status}"
            found.append((time.perf_counter() - began) * 1000)
        line.close()
        return Measured(title, statements, size / 1024, found[0], found[1:], slowest)

    def _url(self, path: str) -> str:
        place, _, then = path.partition(" next")
        url = f"/admin/{path if not path.endswith(' next') else place}".replace(" ", "%20")
        if not path.endswith(" next"):
            return url
        shown = self.browser.get(url).content.decode()
        found = NEXT.search(shown)
        assert found, f"{url}: no next page"
        return f"{url}{html.unescape(found[1])}{then}"

    def _statements(self, url: str) -> tuple[int, str]:
        """How many there are, and the slowest."""
        self.browser.get(url)
        with CaptureQueriesContext(connection) as captured:
            answer = self.browser.get(url)
        assert answer.status_code == 200, f"{url}: {answer.status_code}"
        ignored = ("BEGIN", "COMMIT", "SAVE", "RELEASE")
        own = [one for one in captured if not one["sql"].startswith(ignored)]
        slowest = max(own, key=lambda one: float(one["time"]))
        return len(own), f"{slowest['time']} s {slowest['sql'][:MOST_SHOWN]}"


def line_of(one: Measured) -> tuple[Any, ...]:
    """A line of the table."""
    middle = sorted(one.milliseconds)[len(one.milliseconds) // 2]
    return (
        one.title,
        one.statements,
        f"{one.kilobytes:.0f}",
        f"{one.first:.0f} ms",
        f"{middle:.0f} ms",
        f"{one.p95:.0f} ms",
        "" if one.is_good else "beyond",
    )
