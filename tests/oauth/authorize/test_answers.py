"""How answers travel: by query, fragment or form, with the issuer, and telling nobody else."""

from urllib.parse import urlencode

import pytest

from apps.systemlog.models import LogEvent
from tests.factories import REDIRECT_URI, make_policy, make_rule, make_scope, make_server, make_user
from tests.logbook import mark
from tests.oauth.flow import (
    FORM,
    Answer,
    Browser,
    World,
    address,
    answer_of,
    authorize,
    exchange,
    follow,
    login_tokens,
    make_world,
    parameters,
    sign_in,
)

pytestmark = pytest.mark.django_db


def signed_in(**client: object) -> tuple[World, Browser]:
    world, browser = make_world(**client), Browser()  # type: ignore[arg-type]
    sign_in(browser, world.user)
    return world, browser


def test_a_code_comes_back_with_state_and_issuer_row_104() -> None:
    world, browser = signed_in()
    answer = authorize(browser, world)
    assert answer.response.status_code == 302
    metadata = browser.get(f"/oauth2/{world.server.pk}/.well-known/openid-configuration").json()
    assert answer.members["iss"] == metadata["issuer"]
    assert metadata["authorization_endpoint"].endswith(address(world, "authorize"))
    assert set(answer.members) == {"code", "state", "iss"}


def test_an_error_comes_back_with_issuer_and_reference_row_104() -> None:
    world, browser = signed_in()
    answer = authorize(browser, world, scope="undefined")
    assert set(answer.members) == {"error", "error_description", "error_uri", "state", "iss"}
    assert answer.response.headers["X-Request-Reference"] in answer.members["error_uri"]


def test_answers_are_kept_by_nobody_and_say_not_where_from_row_105() -> None:
    world, browser = signed_in()
    for answer in (authorize(browser, world), authorize(Browser(), world, prompt="none")):
        assert answer.response.headers["Referrer-Policy"] == "no-referrer"
        assert "no-store" in answer.response.headers["Cache-Control"]
        assert "Access-Control-Allow-Origin" not in answer.response.headers


def test_fragment_mode_keeps_the_answer_out_of_the_query() -> None:
    world, browser = signed_in()
    answer = authorize(browser, world, response_mode="fragment")
    assert answer.location.startswith(f"{REDIRECT_URI}#code=")


def test_a_registered_query_is_kept() -> None:
    uri = "https://app.example.com/cb?tenant=1"
    world, browser = signed_in(redirect_uris=[uri])
    assert authorize(browser, world, redirect_uri=uri).location.startswith(f"{uri}&code=")


def test_form_post_escapes_everything_and_allows_one_address_row_90() -> None:
    world, browser = signed_in()
    answer = authorize(browser, world, response_mode="form_post", state='"><script>alert(1)')
    body = answer.response.content.decode()
    policy = answer.response.headers["Content-Security-Policy"]
    assert answer.response.status_code == 200 and "<script>alert" not in body
    assert "form-action 'self' https://app.example.com" in policy
    assert "unsafe-inline" not in policy and 'name="code"' in body


def test_no_page_of_the_flow_can_be_framed_row_107() -> None:
    response = authorize(Browser(), make_world(), redirect_uri="https://evil.com").response
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
    assert response.headers["X-Frame-Options"] == "DENY"


def post(browser: Browser, world: World, **changes: object) -> Answer:
    body = urlencode(parameters(world, **changes))
    return answer_of(browser.post(address(world, "authorize"), body, content_type=FORM))


def test_a_post_is_answered_by_303_row_106() -> None:
    world, browser = signed_in()
    answer = post(browser, world)
    assert answer.response.status_code == 303 and answer.code


def test_a_post_from_elsewhere_comes_back_by_get_with_its_cookies() -> None:
    world, browser = make_world(), Browser(enforce_csrf_checks=True)
    answer = post(browser, world)
    assert answer.response.status_code == 303 and "transaction=" in answer.location
    assert follow(browser, answer).location.startswith("/accounts/login/")


def test_a_silent_post_from_elsewhere_is_asked_again_before_it_fails() -> None:
    world, browser = make_world(), Browser()
    assert follow(browser, post(browser, world, prompt="none")).error == "login_required"


def test_the_code_becomes_tokens_of_the_user() -> None:
    world = make_world()
    body = login_tokens(world, scope="openid offline_access")
    assert {"access_token", "id_token", "refresh_token"} <= body.keys()


def test_a_user_who_is_not_assigned_is_denied_with_the_whole_trace_in_the_log() -> None:
    world, browser = make_world(), Browser()
    stranger = make_user()
    sign_in(browser, stranger)
    since = mark()
    assert authorize(browser, world).error == "access_denied"
    event = LogEvent.objects.get(pk__gt=since, event_type="app.oauth2.as.authorize")
    assert (event.outcome, event.reason, event.user_id) == (
        "FAILURE",
        "user_not_assigned",
        stranger.pk,
    )
    assert event.actor_type == "User" and "trace" in event.body["debugData"]


def test_a_scope_that_no_rule_allows_is_told_in_the_log_by_its_own_event() -> None:
    world, browser = make_world(), Browser()
    world.server = make_server()
    make_scope(world.server, "orders:read")
    make_scope(world.server, "orders:write")
    make_rule(make_policy(world.server), scopes=["orders:read"])
    sign_in(browser, world.user)
    since = mark()
    answer = authorize(browser, world, scope="openid orders:read orders:write")
    types = list(LogEvent.objects.filter(pk__gt=since).values_list("event_type", flat=True))
    assert answer.error == "access_denied"
    assert sorted(types) == ["app.oauth2.as.authorize", "app.oauth2.as.authorize.scope_denied"]


def test_narrow_mode_drops_scopes_and_warns() -> None:
    world, browser = make_world(), Browser()
    world.server = make_server(scope_mode="narrow")
    make_scope(world.server, "orders:read")
    make_scope(world.server, "orders:write")
    make_rule(make_policy(world.server), scopes=["orders:read"])
    sign_in(browser, world.user)
    since = mark()
    code = authorize(browser, world, scope="openid orders:read orders:write").code
    event = LogEvent.objects.get(pk__gt=since)
    assert (event.event_type, event.severity) == ("app.oauth2.as.authorize.code", "WARN")
    assert event.body["debugData"]["droppedScopes"][0]["scope"] == "orders:write"
    assert exchange(world, code).json()["scope"] == "openid orders:read"


def test_neither_code_nor_transaction_is_in_the_log() -> None:
    from tests.logbook import everything

    world, browser = make_world(), Browser()
    away = authorize(browser, world)
    sign_in(browser, world.user)
    code = authorize(browser, world).code
    logged = everything()
    assert code not in logged and away.location[-40:] not in logged
