"""One request and what its answer must be: who answers quickly and wrongly isn't measured."""

import base64
import http.client
import json
from typing import Any, Final

from tests.bench.edge.generator import Request
from tests.bench.edge.subject import (
    ES256,
    INTROSPECT,
    INTROSPECT_JWT,
    KEYS,
    OPAQUE,
    REFRESH,
    REVOKE,
    RS256,
    Subject,
)

JWT_ALGORITHMS: Final = {ES256: "ES256", RS256: "RS256"}


def ask(subject: Subject, request: Request, item: str = "") -> dict[str, Any]:
    """The JSON of one answer, which has to be a 200; nothing for an empty one."""
    host = subject.host or f"127.0.0.1:{subject.port}"
    connection = http.client.HTTPConnection("127.0.0.1", subject.port, timeout=30)
    body = request.form + item if request.form else None
    connection.request(request.method, request.path, body, request.headers(host))
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    assert answer.status == 200, (subject.title, request.path, answer.status, text[:500])
    found: dict[str, Any] = json.loads(text) if text else {}
    return found


def item_for(subject: Subject, request: Request) -> str:
    """One token of the list; one that will be spent is taken from it."""
    if not request.supply:
        return ""
    supply = subject.supplies[request.supply]
    return supply.items[0] if request.way == "cycle" else supply.take(1)[0]


def check(subject: Subject, name: str) -> None:
    """Raise AssertionError unless the operation does what it says."""
    request = subject.requests[name]
    item = item_for(subject, request)
    answer = ask(subject, request, item)
    if name in (OPAQUE, ES256, RS256):
        assert algorithm_of(answer["access_token"]) == JWT_ALGORITHMS.get(name), name
    elif name == REFRESH:
        assert answer["access_token"] and answer["refresh_token"] != item
    elif name in (INTROSPECT, INTROSPECT_JWT):
        assert answer["active"] is True, (subject.title, name)
    elif name == REVOKE:
        assert ask(subject, subject.requests[INTROSPECT], item)["active"] is False
    elif name == KEYS:
        assert answer["keys"]


def algorithm_of(token: str) -> str | None:
    """Of a JWT; None for any other text."""
    head, _, rest = token.partition(".")
    if not rest:
        return None
    found: str = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["alg"]
    return found
