"""Whoever sends a browser here must be known, and the address of the answer theirs: else a page of
ours."""

from typing import Any

import pytest

from apps.clients.services import deactivate_client, update_client
from apps.servers.services import deactivate_server
from tests.factories import REDIRECT_URI, TESTER
from tests.oauth.flow import (
    Answer,
    Browser,
    World,
    address,
    answer_of,
    authorize,
    exchange,
    make_world,
    parameters,
    sign_in,
)

pytestmark = pytest.mark.django_db

APP = "https://app.com/cb"


def ask(redirect_uri: str, *registered: str, client_type: str = "web") -> Answer:
    """Signed in, so that a redirect would carry a code."""
    is_native = client_type == "native"
    fields: dict[str, Any] = {"token_endpoint_auth_method": "none"} if is_native else {}
    world = make_world(client_type=client_type, redirect_uris=list(registered), **fields)
    browser = Browser()
    sign_in(browser, world.user)
    return authorize(browser, world, redirect_uri=redirect_uri)


@pytest.mark.parametrize("client_id", [None, "unknown-client", "a\0b", ""])
def test_an_unknown_client_gets_a_page_and_no_redirect_row_72(client_id: str | None) -> None:
    answer = authorize(Browser(), make_world(), client_id=client_id)
    assert answer.is_page


def test_a_deactivated_client_gets_the_same_page_row_72() -> None:
    world = make_world()
    unknown = authorize(Browser(), world, client_id="unknown-client")
    deactivate_client(actor=TESTER, client=world.client)
    assert authorize(Browser(), world).is_page and unknown.is_page


@pytest.mark.parametrize("scope", ["openid", None])
def test_a_missing_redirect_uri_of_several_gets_a_page_row_73(scope: str | None) -> None:
    world = make_world(redirect_uris=[REDIRECT_URI, "https://app.example.com/other"])
    assert authorize(Browser(), world, redirect_uri=None, scope=scope).is_page


def test_a_missing_redirect_uri_gets_a_page_when_openid_is_asked_row_73() -> None:
    assert authorize(Browser(), make_world(), redirect_uri=None).is_page


def test_the_only_redirect_uri_may_be_left_out_without_openid_and_then_at_the_exchange_too() -> (
    None
):
    world, browser = make_world(), Browser()
    sign_in(browser, world.user)
    answer = authorize(browser, world, redirect_uri=None, scope="offline_access openid")
    assert answer.is_page
    answer = authorize(browser, world, redirect_uri=None, scope="undefined")
    assert answer.location.startswith(REDIRECT_URI) and answer.error == "invalid_scope"


def test_an_unregistered_redirect_uri_gets_a_page_even_with_prompt_none_row_74() -> None:
    answer = authorize(Browser(), make_world(), redirect_uri="https://evil.com/cb", prompt="none")
    assert answer.is_page


@pytest.mark.parametrize(
    "sent",
    [
        *(APP + more for more in ("/", "?x=1", ";e=1", "#f", "#", "/../x", "/..;/x", "%00")),
        *("https://app.com/CB", "https://app.com/cb%2f..%2fx", "https://app.com//cb"),
        *("https://app@evil/cb", "https://u:p@app.com/cb", "https://app.com@@evil/cb"),
        *("https://app.com.evil.com/cb", "https://evilapp.com/cb", r"https://app.com\@evil/cb"),
        *("https:app.com/cb", "https:///app.com/cb", "https://app.com\t/cb", "https://app.com./cb"),
        *("https://app.com:443/cb", "HTTPS://APP.com/cb", "https://аpp.com/cb"),
        "https://app.com/" + "x" * 100_000,
    ],
)
def test_a_redirect_uri_that_is_only_alike_gets_a_page_rows_75_to_79_and_86(sent: str) -> None:
    assert ask(sent, APP).is_page


@pytest.mark.parametrize("sent", ["https://app.com/%7Eu", "https://app.com/cb?b=2&a=1"])
def test_spellings_are_not_normalised_row_78(sent: str) -> None:
    assert ask(sent, "https://app.com/~u", "https://app.com/cb?a=1&b=2").is_page


@pytest.mark.parametrize("port", ["", ":1", ":8080", ":65535"])
def test_a_native_client_may_use_any_port_on_its_registered_loopback_row_80(port: str) -> None:
    uri = f"http://127.0.0.1{port}/cb"
    answer = ask(uri, "http://127.0.0.1/cb", client_type="native")
    assert answer.location.startswith(f"{uri}?code=")


@pytest.mark.parametrize(
    "host",
    [
        *("[::1]", "127.1", "0x7f.1", "2130706433", "127.0.0.1.evil.com", "[::ffff:127.0.0.1]"),
        *("127.0.0.1:99999", "localhost", "localhost:3000"),
    ],
)
def test_another_spelling_of_loopback_gets_a_page_rows_80_and_81(host: str) -> None:
    assert ask(f"http://{host}/cb", "http://127.0.0.1/cb", client_type="native").is_page


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_a_repeated_client_or_address_gets_a_page_row_8(name: str) -> None:
    world = make_world()
    pairs = "&".join(f"{k}={v}" for k, v in parameters(world).items())
    value = parameters(world)[name]
    answer = answer_of(Browser().get(f"{address(world, 'authorize')}?{pairs}&{name}={value}"))
    assert answer.is_page


def test_an_inactive_server_gets_a_page_row_121() -> None:
    world: World = make_world()
    deactivate_server(actor=TESTER, server_id=world.server.pk)
    assert authorize(Browser(), world).is_page


def test_the_page_shows_a_reference_and_nothing_of_the_request_row_72() -> None:
    answer = authorize(Browser(), make_world(), redirect_uri="https://evil.com/<script>")
    body = answer.response.content.decode()
    assert answer.response.headers["X-Request-Reference"] in body
    assert "evil.com" not in body and "<script>alert" not in body


def test_a_redirect_uri_removed_after_the_code_ends_the_code_row_88() -> None:
    world, browser = make_world(redirect_uris=[REDIRECT_URI, APP]), Browser()
    sign_in(browser, world.user)
    code = authorize(browser, world).code
    update_client(actor=TESTER, client=world.client, redirect_uris=[APP])
    answer = exchange(world, code)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
