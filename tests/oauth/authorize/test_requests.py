"""What is wrong with a request of a known client is said to the client, before anybody has to sign
in."""

from typing import Any

import pytest

from apps.systemlog.models import LogEvent
from tests.factories import make_client, make_scope
from tests.logbook import mark
from tests.oauth.flow import Browser, address, answer_of, authorize, make_world, parameters, sign_in

pytestmark = pytest.mark.django_db
LONG_TIME = 10**30


@pytest.mark.parametrize(
    "error, changes",
    [
        ("invalid_request", {"response_type": None}),  # row 89
        ("unsupported_response_type", {"response_type": "token"}),
        ("unsupported_response_type", {"response_type": "id_token token"}),
        ("unsupported_response_type", {"response_type": "code id_token"}),
        ("unsupported_response_mode", {"response_mode": "okta_post_message"}),
        ("invalid_request", {"code_challenge": None}),  # row 122, 123
        ("invalid_request", {"code_challenge": None, "code_challenge_method": None}),
        ("invalid_request", {"code_challenge_method": None}),
        ("invalid_request", {"code_challenge_method": "plain"}),
        ("invalid_request", {"code_challenge_method": "s256"}),
        ("invalid_request", {"code_challenge_method": "S512"}),
        ("invalid_request", {"code_challenge": "a" * 42}),  # row 124
        ("invalid_request", {"code_challenge": "a" * 44}),
        ("invalid_request", {"code_challenge": "a" * 42 + "="}),
        ("invalid_request", {"code_challenge": "a" * 42 + "+"}),
        ("invalid_request", {"prompt": "none login"}),  # row 92
        ("invalid_request", {"prompt": "create"}),
        ("invalid_request", {"max_age": "-1"}),  # row 94
        ("invalid_request", {"max_age": "abc"}),
        ("invalid_request", {"max_age": "٣"}),
        ("invalid_request", {"max_age": LONG_TIME}),
        ("invalid_request", {"max_age": 0, "prompt": "none"}),
        ("invalid_request", {"nonce": "n" * 1025}),
        ("invalid_request", {"login_hint": "h" * 1025}),
        ("invalid_request", {"state": "s" * 4097}),
        ("invalid_scope", {"scope": "openid  email"}),  # row 91
        ("invalid_scope", {"scope": 'openid "x"'}),
        ("invalid_scope", {"scope": " ".join(f"s{i}" for i in range(1000))}),
        ("request_uri_not_supported", {"request_uri": "https://evil.com/r"}),  # row 100
        ("request_not_supported", {"request": "e30.e30."}),
    ],
)
def test_a_bad_request_is_answered_at_the_client_before_sign_in(
    error: str, changes: dict[str, Any]
) -> None:
    world = make_world()
    answer = authorize(Browser(), world, **changes)
    assert answer.error == error, answer
    assert answer.members["iss"].endswith(world.server.pk)
    assert answer.members.get("state", "") == ("" if "state" in changes else "s-t_a.t,e")


@pytest.mark.parametrize("name", ["state", "scope", "nonce", "prompt", "code_challenge"])
def test_a_repeated_parameter_is_answered_at_the_client_row_8(name: str) -> None:
    world = make_world()
    pairs = "&".join(f"{k}={v}" for k, v in parameters(world).items())
    answer = answer_of(Browser().get(f"{address(world, 'authorize')}?{pairs}&{name}=x&{name}=y"))
    assert answer.error == "invalid_request"


def test_unknown_parameters_are_ignored_even_twice() -> None:
    world, browser = make_world(), Browser()
    sign_in(browser, world.user)
    pairs = "&".join(f"{k}={v}" for k, v in parameters(world).items())
    answer = answer_of(browser.get(f"{address(world, 'authorize')}?{pairs}&x=1&x=2&claims=%7B%5B"))
    assert answer.code


@pytest.mark.parametrize("raw", ["%FF%FE", "%00", "%C0%80", "%ED%A0%80", "%ZZ", "%"])
def test_what_cannot_be_read_gets_a_page_rows_14_15_and_22(raw: str) -> None:
    world = make_world()
    pairs = "&".join(f"{k}={v}" for k, v in parameters(world, state=None).items())
    answer = answer_of(Browser().get(f"{address(world, 'authorize')}?{pairs}&state={raw}"))
    assert answer.is_page


@pytest.mark.parametrize("name", ["nonce", "login_hint", "scope"])
def test_control_characters_split_no_header_row_17(name: str) -> None:
    answer = authorize(Browser(), make_world(), **{name: "a\r\nSet-Cookie: b=c"})
    assert answer.response.status_code == 400 and "b" not in answer.response.cookies


def test_a_thousand_parameters_get_a_page_row_20() -> None:
    world = make_world()
    query = "&".join(f"a{i}=1" for i in range(10_000))
    assert answer_of(Browser().get(f"{address(world, 'authorize')}?{query}")).is_page


@pytest.mark.parametrize(
    "state", ["a\r\nLocation: x", "\"'<>&", "🙂 état", "=&#?%25", "x" * 2000, "a+b c"]
)
def test_state_comes_back_octet_for_octet_row_18(state: str) -> None:
    world, browser = make_world(), Browser()
    sign_in(browser, world.user)
    assert authorize(browser, world, state=state).members["state"] == state


def test_state_may_be_left_out_row_18() -> None:
    world, browser = make_world(), Browser()
    sign_in(browser, world.user)
    answer = authorize(browser, world, state=None)
    assert answer.code and "state" not in answer.members


def test_a_service_client_is_told_that_it_has_no_users() -> None:
    world = make_world()
    world.client = make_client("service", redirect_uris=["https://app.example.com/callback"])
    since = mark()
    answer = authorize(Browser(), world)
    assert answer.error == "invalid_request"
    event = LogEvent.objects.filter(pk__gt=since).get()
    assert event.reason == "invalid_client_application_type"


def test_a_confidential_client_may_be_spared_pkce_by_its_setting() -> None:
    world, browser = make_world(pkce_required=False), Browser()
    sign_in(browser, world.user)
    assert authorize(browser, world, code_challenge=None, code_challenge_method=None).code


@pytest.mark.parametrize("scope", ["openid undefined", "openid Orders:read"])
def test_an_undefined_scope_is_refused_and_case_counts_row_91(scope: str) -> None:
    world, browser = make_world(), Browser()
    make_scope(world.server, "orders:read")
    sign_in(browser, world.user)
    assert authorize(browser, world, scope=scope).error == "invalid_scope"


def test_no_row_is_written_for_strangers_but_bounded_events_row_111() -> None:
    from django.contrib.sessions.models import Session

    from apps.tokens.models import Grant

    world = make_world()
    browser = Browser()
    for _ in range(5):
        browser.get(authorize(browser, world).location)
    assert (Session.objects.count(), Grant.objects.count()) == (0, 0)


@pytest.mark.parametrize("method", ["head", "put", "delete", "patch"])
def test_other_methods_are_refused(method: str) -> None:
    world = make_world()
    assert getattr(Browser(), method)(address(world, "authorize")).status_code == 405
