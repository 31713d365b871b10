"""Every operation of the frozen document does what it is for, by a call that is known to be good;
what may be said with many such calls (`dryRun`, `If-Match`, `Idempotency-Key`) is heard by each.

Generated from the document, so that no operation is forgotten.
"""

import socket
from types import SimpleNamespace
from typing import Any, Final

import pytest
import schemathesis
import yaml
from django.core.wsgi import get_wsgi_application
from django.db import transaction
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from apps.management.description.hooks import operations
from apps.management.hooks.services import probes
from apps.management.okta import rate
from apps.oauth import hook_call
from tests.docs.openapi import FROZEN
from tests.management.openapi.known import QUERIES, WITHOUT_DIGEST, Known, known, program
from tests.management.openapi.scene import kept_connection
from tests.management.openapi.test_schemathesis import CONFIG, far_away

pytestmark = [pytest.mark.once, pytest.mark.django_db]
CHALLENGE = "x-okta-verification-challenge"
AS_DESCRIBED: Final = [
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
]


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


def what_is_wrong(here: Known, operation: Any, label: str) -> str:
    """Nothing, if the answer is a success that fits its description."""
    method, path = label.split(" ")
    api = program(here, path)
    body = here.body(method, path, lambda path: api.get(address_of(here, method, path)).json())
    kinds = [one.media_type for one in operation.body]
    given = {"body": body, "media_type": kinds[0]} if kinds and body is not None else {}
    case = operation.Case(
        path_parameters=here.parameters(method, path), query=QUERIES.get(label, {}), **given
    )
    try:
        with kept_connection():
            headers = {"Authorization": api.authorization}
            response = case.call_and_validate(headers=headers, checks=AS_DESCRIBED)
    except BaseExceptionGroup as failure:
        return f"{failure} {failure.exceptions}"
    is_fine = response.status_code < 300 or (label, response.status_code) == (WITHOUT_DIGEST, 409)
    return "" if is_fine else f"{response.status_code} {response.text}"


def test_every_operation_succeeds_with_the_answer_that_is_described(here: Known) -> None:
    schema: Any = schemathesis.openapi.from_path(FROZEN, config=CONFIG)
    schema.app = get_wsgi_application()
    failures, seen = {}, set()
    for found in schema.get_all_operations():
        operation = found.ok()
        label = f"{operation.method.upper()} {operation.path}"
        seen.add(label)
        with transaction.atomic():
            if wrong := what_is_wrong(here, operation, label):
                failures[label] = wrong
            transaction.set_rollback(True)
    assert failures == {}
    document = schema.raw_schema
    assert seen == {f"{method.upper()} {path}" for path, method, _ in operations(document)}


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
        with transaction.atomic():
            first = sent(here, method, path, HTTP_IDEMPOTENCY_KEY="k")
            assert first.status_code < 300, (method, path, first.content)
            if callable(here.bodies.get(f"{method} {path}")):
                continue  # another body each time
            again = sent(here, method, path, HTTP_IDEMPOTENCY_KEY="k")
            assert again.get("Idempotent-Replayed") == "true", (method, path)
            assert (again.status_code, again.content) == (first.status_code, first.content)
            transaction.set_rollback(True)
