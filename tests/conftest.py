"""Fixtures for every test: which services run, and nothing left over for the next test."""

import gc
import os
from collections.abc import Iterator

import pytest
from django.conf import settings as facts
from django.core.cache import cache
from django.core.handlers.base import BaseHandler
from django.db import connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from hypothesis import HealthCheck, settings

from apps.oauth import runtime, throttle
from tests import edge, flush

if "PYTEST_XDIST_WORKER" in os.environ:  # whoever only hands out tests collects none
    gc.disable()  # until all tests are collected: nothing of that is garbage
pytest_plugins = ["tests.canary.plugin"]
flush.install()
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")  # a busy machine is no failure
if facts.EDGE == edge.PIPELINED:
    edge.install()


def require(name: str, value: str | None) -> str:
    """A service's address; without one the test is skipped, or fails where it must not be."""
    if value:
        return value
    if os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(f"{name} is missing and REQUIRE_SERVICES=1.")
    pytest.skip(f"{name} is missing: run `make test`.")


@pytest.fixture
def postgres_url() -> str:
    """A PostgreSQL server to talk to directly, whichever database the pass runs on."""
    return require("PostgreSQL", os.environ.get("SERVICE_DATABASE_URL"))


@pytest.fixture
def redis_url() -> str:
    """A Redis server to talk to directly."""
    return require("Redis", os.environ.get("SERVICE_REDIS_URL"))


@pytest.fixture(params=edge.EDGES)
def each_edge(request: pytest.FixtureRequest) -> Iterator[str]:
    """The edge that the test's requests go through: both, where the run has both."""
    with edge.through(request.param):
        yield request.param


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    """Attempts counted and configuration compiled by one test don't reach the next."""
    yield
    cache.clear()
    runtime.clear()
    throttle.counts.clear()


@pytest.fixture(autouse=True)
def no_server_error(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """No input makes a 5xx (G1): every answer of every test is looked at. `fault` tests break
    something on purpose."""
    failures: list[str] = []
    answer = BaseHandler.get_response

    def watched(handler: BaseHandler, asked: HttpRequest) -> HttpResponseBase:
        response = answer(handler, asked)
        if response.status_code >= 500:
            failures.append(f"{asked.method} {asked.path} → {response.status_code}")
        return response

    monkeypatch.setattr(BaseHandler, "get_response", watched)
    yield
    if request.node.get_closest_marker("fault") is None:
        assert not failures


@pytest.hookimpl(tryfirst=True)  # before `-m` selects
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`postgres` tests are skipped by a plain `pytest` on SQLite; the pure folders run once."""
    on_postgres = connection.vendor == "postgresql"
    for item in items:
        wants_postgres = item.get_closest_marker("postgres") is not None
        if item.nodeid.startswith(("tests/domain/", "tests/house/")) and not wants_postgres:
            item.add_marker(pytest.mark.once)
        if wants_postgres and not on_postgres:
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL: run `make test`"))


def pytest_collection_finish() -> None:
    """Modules and tests stay until the end: half a million objects that no collection looks at."""
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What tests have recorded as `measured`: sizes, which nothing depends on."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "measured":
                terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {value}")
