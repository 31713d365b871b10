"""Calls that nobody here thought of, made from the frozen document by schemathesis: each operation
is reached, none fails, and each answer is one that the document foretells.

All of its checks are on but the one of time. Each call meets the same scene: what it changes is
rolled back. The document is loaded when the tests run, not for every collection.
"""

import socket
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.db import transaction
from hypothesis import HealthCheck, settings
from schemathesis.checks import load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.result import Ok
from schemathesis.pytest.lazy import get_all_tests

from apps.management.okta import rate
from tests.docs.openapi import FROZEN
from tests.management.openapi.scene import Scene, kept_connection, make_scene

pytestmark = [pytest.mark.once, pytest.mark.django_db]
UNREACHED = {401, 403, 404, 405, 429}
ALL, SHARE = 20, 8  # of what it invents for an operation: the first twenty, then every eighth
HALF = r"^/api/v1/(apps|users|groups|logs)"
CONFIG = SchemathesisConfig.from_dict(
    {
        "seed": 4,
        "generation": {"max-examples": 5, "deterministic": True, "database": "none"},
        "checks": {
            # What values mean (a name that is taken, a state) no schema can say.
            "positive_data_acceptance": {
                "expected-statuses": ["2xx", "304", "400", "403", "404", "409", "412", "422"]
            },
            "negative_data_rejection": {
                "expected-statuses": ["400", "401", "403", "404", "405", "409", "412", "415", "422"]
            },
        },
    }
)


@dataclass
class Meeting:
    """The scene, and what has come of the calls of each operation."""

    scene: Scene
    made: Counter[str] = field(default_factory=Counter)
    statuses: defaultdict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def call(self, case: Any) -> None:
        """One invented call, if it is among those that are made."""
        label = case.operation.label
        self.made[label] += 1
        if self.made[label] > ALL and self.made[label] % SHARE:
            return
        self.put_in_the_scene(case)
        headers = {"Authorization": self.scene.authorization(case.operation.path)}
        with transaction.atomic():
            response = case.call_and_validate(headers=headers)
            transaction.set_rollback(True)
        self.statuses[label].add(response.status_code)

    def put_in_the_scene(self, case: Any) -> None:
        """Three of four well-formed path parameters name something that is there."""
        part = case.meta.components.get(ParameterLocation.PATH)
        if part is not None and part.mode.is_negative:
            return
        method, path = case.operation.method.upper(), case.operation.path
        for name, value in case.path_parameters.items():
            known = self.scene.known(method, path, name)
            if known is not None and len(str(value)) % 4 != 3:
                case.path_parameters[name] = known

    def unreached(self) -> dict[str, list[int]]:
        """Operations of which no call got past the gate, to what the path names."""
        return {
            label: sorted(self.statuses[label])
            for label in self.made
            if not self.statuses[label] - UNREACHED
        }


def unreachable(*_: Any, **__: Any) -> NoReturn:
    """Hooks are called by some operations."""
    raise OSError("no network")


def far_away(host: Any, port: int, *_: Any, **__: Any) -> list[Any]:
    """Every name has a public address."""
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", port))]


@pytest.fixture
def meeting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Meeting]:
    """With an allowance that doesn't end, and a net where nobody can be reached."""
    monkeypatch.setattr(rate, "CALLS_PER_MINUTE", 10**9)
    monkeypatch.setattr(socket, "getaddrinfo", far_away)
    monkeypatch.setattr(socket.socket, "connect", unreachable)
    meeting = Meeting(make_scene())
    with kept_connection():
        yield meeting


def api() -> Any:
    """The frozen document, and the application that it is about."""
    schema = schemathesis.openapi.from_path(FROZEN, config=CONFIG)
    schema.app = get_wsgi_application()
    load_all_checks()
    return schema


def meet(schema: Any, meeting: Meeting) -> None:
    """Every call that it invents for each operation; at the end, all that has failed."""
    failures: list[Exception] = []
    unhurried = settings(suppress_health_check=list(HealthCheck), deadline=None)

    def test(case: Any) -> None:
        meeting.call(case)

    for found in get_all_tests(schema=schema, test_func=test, settings=unhurried, given_kwargs={}):
        assert isinstance(found, Ok)
        operation, invent = found.ok()
        try:
            invent()
        except Exception as failure:
            failure.add_note(operation.label)
            failures.append(failure)
    if failures:
        raise ExceptionGroup("answers that the document does not foretell", failures)
    assert meeting.made and meeting.unreached() == {}


def test_calls_about_apps_and_people_are_answered_as_described(meeting: Meeting) -> None:
    meet(api().include(path_regex=HALF), meeting)


def test_all_other_calls_are_answered_as_described(meeting: Meeting) -> None:
    meet(api().exclude(path_regex=HALF), meeting)
