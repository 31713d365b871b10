"""What may be said with many calls (`dryRun`, `If-Match`, `Idempotency-Key`) is heard by each, in a
call that is known to be good.

Generated from the document, so that no operation is forgotten.
"""

import socket
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from django.db import transaction

from apps.management.description.hooks import operations
from apps.management.hooks.services import probes
from apps.management.okta import rate
from apps.oauth import hook_call
from tests.docs.openapi import FROZEN
from tests.management.openapi.known import Known, known, program
from tests.management.openapi.test_schemathesis import far_away

pytestmark = [pytest.mark.once, pytest.mark.django_db]
CHALLENGE = "x-okta-verification-challenge"
ASKED_EACH_TIME = {
    "/api/v1/eventHooks/{hook_id}/lifecycle/verify",
    "/api/v1/inlineHooks/{hook_id}/execute",
}
"""A receiver is asked there, and no transaction is open meanwhile that could keep an answer."""


def hears(url: str, *, headers: dict[str, str], **_: Any) -> SimpleNamespace:
    """A receiver that says what it must."""
    return SimpleNamespace(body={"verification": headers.get(CHALLENGE, "")})


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Known:
    """The scene, where hooks have receivers."""
    monkeypatch.setattr(rate, "CALLS_PER_MINUTE", 10**9)
    monkeypatch.setattr(socket, "getaddrinfo", far_away)
    for module in (probes, hook_call):
        monkeypatch.setattr(module, "fetch_json", hears)
    return known()


def described(*, name: str, place: str) -> list[tuple[str, str]]:
    """Method and path of the operations with this parameter."""
    found = []
    for path, method, operation in operations(yaml.safe_load(FROZEN.read_text())):
        given = [(one["name"], one["in"]) for one in operation.get("parameters", ())]
        if (name, place) in given:
            found.append((method.upper(), path))
    return found


def address_of(here: Known, method: str, path: str) -> str:
    return path.format(**here.parameters(method, path))


def sent(here: Known, method: str, path: str, query: str = "", **headers: Any) -> Any:
    """The known call over HTTP."""
    api = program(here, path)

    def get(path: str) -> Any:
        return api.get(address_of(here, method, path)).json()

    body = here.body(method, path, get)
    return api.call(method, address_of(here, method, path) + query, body, **headers)


def test_each_call_that_may_be_tried_changes_nothing_then(here: Known) -> None:
    calls = described(name="dryRun", place="query")
    assert len(calls) > 40
    for method, path in calls:
        with transaction.atomic():
            for _ in range(2):
                tried = sent(here, method, path, "?dryRun=true")
                assert tried.status_code == 200, (method, path, tried.content)
                assert tried.json()["dryRun"] is True, (method, path)
            done = sent(here, method, path)
            assert done.status_code < 300, (method, path, done.content)
            transaction.set_rollback(True)


def test_row_274_each_change_of_what_can_be_read_needs_the_state_that_it_names(here: Known) -> None:
    calls = described(name="If-Match", place="header")
    readable = described(name="If-None-Match", place="header")
    changes = [(method, path) for method, path in calls if ("GET", path) in readable]
    assert len(changes) > 40
    for method, path in changes:
        with transaction.atomic():
            address = address_of(here, method, path)
            seen = program(here, path).get(address)
            stale = sent(here, method, path, HTTP_IF_MATCH='"stale"')
            assert stale.status_code == 412, (method, path, stale.content)
            fresh = sent(here, method, path, HTTP_IF_MATCH=seen["ETag"])
            assert fresh.status_code < 300, (method, path, fresh.content)
            transaction.set_rollback(True)


def test_each_call_with_a_key_is_made_once(here: Known) -> None:
    calls = described(name="Idempotency-Key", place="header")
    assert len(calls) > 30
    for method, path in calls:
        if path in ASKED_EACH_TIME:
            continue
        with transaction.atomic():
            first = sent(here, method, path, HTTP_IDEMPOTENCY_KEY="k")
            assert first.status_code < 300, (method, path, first.content)
            if callable(here.bodies.get(f"{method} {path}")):
                continue  # another body each time
            again = sent(here, method, path, HTTP_IDEMPOTENCY_KEY="k")
            assert again.get("Idempotent-Replayed") == "true", (method, path)
            assert (again.status_code, again.content) == (first.status_code, first.content)
            transaction.set_rollback(True)
