"""The statement budgets of the hot path: real statements, BEGIN and COMMIT too, when warm."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser

from apps.servers.services import update_server
from apps.tokens.criteria import Criteria
from apps.tokens.cutoffs import revoke_matching
from tests.factories import REDIRECT_URI, TESTER
from tests.oauth.client_authentication.assertions import (
    ask_with,
    claims,
    make_assertion_client,
    sign,
)
from tests.oauth.http import introspect, path, revoke, token, userinfo
from tests.oauth.transport.valid import addresses
from tests.oauth.world import World, make_world
from tests.perf.statements import counted

pytestmark = pytest.mark.django_db(transaction=True)
Ask = Callable[[], Any]
READ = ["SELECT"]
WRITES = {"UPDATE", "INSERT", "WITH"}
IS_POSTGRES = connection.vendor == "postgresql"


def unit(*commands: str) -> list[str]:
    """What a unit of such commands goes as, after the read: one statement to PostgreSQL."""
    if IS_POSTGRES:
        return ["SELECT", "WITH"]
    return ["SELECT", *commands] if len(commands) == 1 else ["SELECT", "BEGIN", *commands, "COMMIT"]


EVENT, ONLY_TOKEN = unit("INSERT"), unit("INSERT", "INSERT")
TOGETHER, WITH_TOKEN = unit("UPDATE", "INSERT"), unit("UPDATE", "INSERT", "INSERT")
formats = pytest.mark.parametrize("format_", ["jwt", "opaque"])


@pytest.fixture
def browser() -> Browser:
    """Whoever asks."""
    return Browser()


@pytest.fixture
def warm(browser: Browser, request: pytest.FixtureRequest) -> World:
    """A world whose server and clients are compiled and whose secrets have been noted as used."""
    format_ = "jwt"
    if "format_" in request.fixturenames:
        format_ = request.getfixturevalue("format_")
    world = make_world(access_token_format=format_)
    for auth in (world.service_auth, world.web_auth):
        introspect(browser, world.server, "unknown", auth)
    return world


def statements(monkeypatch: pytest.MonkeyPatch, ask: Ask, status: int = 200) -> list[str]:
    """What one request sends."""
    with counted(monkeypatch) as seen:
        assert ask().status_code == status
    return seen


@pytest.mark.parametrize(
    ("format_", "expected"),
    [("jwt", EVENT), ("opaque", ONLY_TOKEN)],
)
def test_client_credentials_are_one_read_and_one_write(
    browser: Browser, warm: World, monkeypatch: Any, format_: str, expected: list[str]
) -> None:
    def ask() -> Any:
        return token(browser, warm.server, warm.service_auth)

    assert statements(monkeypatch, ask) == expected


def test_an_assertion_costs_the_row_that_makes_it_single_use(
    browser: Browser, warm: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = make_assertion_client()

    def ask() -> Any:
        return ask_with(browser, warm, "token", sign(claims(caller.client_id, warm.issuer)))

    ask()
    assert statements(monkeypatch, ask) == [*EVENT, EVENT[-1]]


@pytest.mark.parametrize(("format_", "expected"), [("jwt", TOGETHER), ("opaque", WITH_TOKEN)])
def test_a_code_exchange_is_one_read_and_one_transaction(
    browser: Browser, warm: World, monkeypatch: Any, format_: str, expected: list[str]
) -> None:
    code, data = warm.code(), {"redirect_uri": REDIRECT_URI, "grant_type": "authorization_code"}

    def ask() -> Any:
        return token(browser, warm.server, warm.web_auth, code=code, **data)

    assert statements(monkeypatch, ask) == expected
    assert len(expected) <= 6


@pytest.mark.parametrize(("format_", "expected"), [("jwt", TOGETHER), ("opaque", WITH_TOKEN)])
@pytest.mark.parametrize("is_retry", [False, True])
def test_a_refresh_is_one_read_and_one_transaction(
    browser: Browser, warm: World, monkeypatch: Any, is_retry: bool, format_: str, expected: Any
) -> None:
    text = warm.user_tokens(browser)["refresh_token"]
    if is_retry:
        warm.refresh(browser, text)
    assert statements(monkeypatch, lambda: warm.refresh(browser, text)) == expected


@formats
def test_introspection_and_userinfo_are_one_read(
    browser: Browser, warm: World, monkeypatch: pytest.MonkeyPatch, format_: str
) -> None:
    tokens, server = warm.user_tokens(browser), warm.server
    texts = [warm.service_token(browser), tokens["access_token"], tokens["refresh_token"], "none"]
    for text in texts:
        ask = partial(introspect, browser, server, text, warm.web_auth)
        assert statements(monkeypatch, ask) == READ
    ask = partial(userinfo, browser, server, tokens["access_token"])
    assert statements(monkeypatch, ask) == READ


@pytest.mark.parametrize(
    ("format_", "expected"),
    [("jwt", ONLY_TOKEN), ("opaque", TOGETHER)],
)
def test_revocation_is_one_read_and_one_transaction(
    browser: Browser, warm: World, monkeypatch: Any, format_: str, expected: list[str]
) -> None:
    tokens = warm.user_tokens(browser)
    for name, wanted in (("access_token", expected), ("refresh_token", TOGETHER)):
        ask = partial(revoke, browser, warm.server, tokens[name], warm.web_auth)
        assert statements(monkeypatch, ask) == wanted
    assert statements(monkeypatch, ask) == READ  # again: there is nothing left to do


@formats
def test_r18_open_revocations_cost_one_read_more_once_per_process(
    browser: Browser, warm: World, monkeypatch: pytest.MonkeyPatch, format_: str
) -> None:
    revoke_matching(actor=TESTER, criteria=Criteria(server=warm.server.pk))

    def ask() -> Any:
        return token(browser, warm.server, warm.service_auth)

    usual = EVENT if format_ == "jwt" else ONLY_TOKEN
    assert statements(monkeypatch, ask) == ["SELECT", *usual]
    assert statements(monkeypatch, ask) == usual
    text = warm.user_tokens(browser)["refresh_token"]
    expected = TOGETHER if format_ == "jwt" else WITH_TOKEN
    assert statements(monkeypatch, lambda: warm.refresh(browser, text)) == expected


def test_row_219_documents_are_the_version_check_and_nothing_else(
    browser: Browser, warm: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for url in addresses(warm):
        etag = browser.get(url).headers["ETag"]
        assert statements(monkeypatch, partial(browser.get, url)) == READ
        ask = partial(browser.get, url, headers={"If-None-Match": etag})
        assert statements(monkeypatch, ask, 304) == READ


def test_a_refusal_of_a_stranger_costs_one_read_at_most(
    browser: Browser, warm: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown() -> Any:
        return token(browser, warm.server, ("unknown-client", "wrong"))

    def nobody() -> Any:
        return browser.post(path(warm.server), {"grant_type": "x"}, content_type="text/plain")

    assert statements(monkeypatch, unknown, 401) == READ
    assert statements(monkeypatch, nobody, 400) == []


def test_a_change_of_the_server_costs_the_next_request_its_compilation_once(
    browser: Browser, warm: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    update_server(actor=TESTER, server_id=warm.server.pk, description="new")

    def ask() -> Any:
        return token(browser, warm.server, warm.service_auth)

    assert len(statements(monkeypatch, ask)) > 2
    assert statements(monkeypatch, ask) == EVENT


def test_the_use_of_a_secret_is_a_third_statement_once_an_hour(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world()
    token(browser, world.server, world.web_auth)  # compiles the server

    def ask() -> Any:
        return token(browser, world.server, world.service_auth)

    writes = [word for word in statements(monkeypatch, ask) if word in WRITES]
    assert sorted(writes) == (["WITH", "WITH"] if IS_POSTGRES else ["INSERT", "UPDATE"])
    assert statements(monkeypatch, ask) == EVENT
