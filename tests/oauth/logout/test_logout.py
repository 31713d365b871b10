"""RP-initiated logout: who may end which session, and where the browser goes afterwards."""

from typing import Any
from urllib.parse import urlencode

import pytest

from apps.directory.services import end_sessions
from apps.systemlog.models import LogEvent
from apps.tokens.models import Grant
from tests.factories import TESTER, make_superuser, make_user
from tests.logbook import events, mark
from tests.oauth.flow import (
    FORM,
    Browser,
    Response,
    World,
    address,
    authorize,
    client_request,
    login_tokens,
    make_world,
    post_form,
    sign_in,
)

pytestmark = pytest.mark.django_db
AFTER = "https://app.example.com/signed-out"


def logout(browser: Browser, world: World, **changes: Any) -> Response:
    """GET /logout."""
    return browser.get(f"{address(world, 'logout')}?{urlencode(changes)}")


def signed_in() -> tuple[World, Browser, dict[str, Any]]:
    """With tokens of the session."""
    world, browser = make_world(post_logout_redirect_uris=[AFTER]), Browser()
    return world, browser, login_tokens(world, browser, scope="openid email")


def is_signed_in(browser: Browser, world: World) -> bool:
    return "code" in authorize(browser, world, prompt="none").members


def test_a_genuine_hint_signs_out_and_goes_back_with_state() -> None:
    world, browser, tokens = signed_in()
    since = mark()
    response = logout(
        browser,
        world,
        id_token_hint=tokens["id_token"],
        post_logout_redirect_uri=AFTER,
        state="a b&c",
    )
    assert (response.status_code, response.headers["Location"]) == (302, f"{AFTER}?state=a%20b%26c")
    assert not is_signed_in(browser, world)
    assert events(since=since)[:2] == ["app.oauth2.as.logout", "user.session.end"]


def test_without_an_address_it_ends_on_our_page() -> None:
    world, browser, tokens = signed_in()
    response = logout(browser, world, id_token_hint=tokens["id_token"])
    assert response.status_code == 200 and b"You are signed out" in response.content


@pytest.mark.parametrize("method", ["get", "post"])
def test_without_a_hint_the_person_is_asked_and_nothing_ends_row_220(method: str) -> None:
    world, browser, _ = signed_in()
    response = getattr(browser, method)(address(world, "logout"), content_type=FORM)
    assert b'value="sign_out"' in response.content and is_signed_in(browser, world)


def test_the_person_may_confirm_or_stay_row_220() -> None:
    world, browser, _ = signed_in()
    page = logout(browser, world, client_id=world.client.client_id, post_logout_redirect_uri=AFTER)
    form = {"confirm": page.context["fields"]["confirm"]}
    post_form(browser, address(world, "logout"), form | {"action": "stay"})
    assert is_signed_in(browser, world)
    response = post_form(browser, address(world, "logout"), form | {"action": "sign_out"}).response
    assert (response.status_code, response.headers["Location"]) == (303, AFTER)
    assert not is_signed_in(browser, world)


def test_a_confirmation_from_another_site_is_refused_row_220() -> None:
    world, browser, _ = signed_in()
    page = logout(browser, world)
    strict = Browser(enforce_csrf_checks=True)
    strict.cookies = browser.cookies
    form = {"confirm": page.context["fields"]["confirm"]}
    response = post_form(strict, address(world, "logout"), form | {"action": "sign_out"}).response
    assert response.status_code == 403 and is_signed_in(browser, world)


def test_a_forged_hint_gets_a_page_and_the_session_is_kept_row_221() -> None:
    world, browser, tokens = signed_in()
    foreign = login_tokens(make_world(), Browser())["id_token"]
    head, body, _ = tokens["id_token"].split(".")
    unsigned = f"eyJhbGciOiJub25lIn0.{body}."
    for hint in (unsigned, f"{head}.{body}.{'A' * 86}", foreign, tokens["access_token"], "x"):
        response = logout(browser, world, id_token_hint=hint, post_logout_redirect_uri=AFTER)
        assert response.status_code == 400 and "Location" not in response.headers
    assert is_signed_in(browser, world)


def test_the_hint_of_somebody_else_asks_first_row_222() -> None:
    world, _, tokens = signed_in()
    browser = Browser()
    sign_in(browser, make_user())
    response = logout(browser, world, id_token_hint=tokens["id_token"])
    assert b'value="sign_out"' in response.content
    assert "session" in browser.cookies and browser.cookies["session"].value


@pytest.mark.parametrize("uri", ["https://evil.com", f"{AFTER}?x=1", f"{AFTER}/", f"{AFTER}#f"])
def test_an_unregistered_address_is_not_gone_to_row_223(uri: str) -> None:
    world, browser, tokens = signed_in()
    hint = tokens["id_token"]
    response = logout(browser, world, id_token_hint=hint, post_logout_redirect_uri=uri)
    assert response.status_code == 400 and "Location" not in response.headers
    assert is_signed_in(browser, world)


def test_an_address_of_nobody_is_not_gone_to_row_223() -> None:
    world, browser, _ = signed_in()
    assert logout(browser, world, post_logout_redirect_uri=AFTER).status_code == 400


def test_a_client_that_is_not_the_hints_audience_gets_a_page_row_224() -> None:
    world, browser, tokens = signed_in()
    other = make_world(user=world.user)
    hint = tokens["id_token"]
    response = logout(browser, world, id_token_hint=hint, client_id=other.client.client_id)
    assert response.status_code == 400 and is_signed_in(browser, world)


def test_logout_succeeds_again_row_225() -> None:
    world, browser, tokens = signed_in()
    hint = tokens["id_token"]
    for _ in range(2):
        response = logout(browser, world, id_token_hint=hint, post_logout_redirect_uri=AFTER)
        assert (response.status_code, response.headers["Location"]) == (302, AFTER)


def test_a_post_from_elsewhere_comes_back_by_get_with_its_cookies() -> None:
    world, _, tokens = signed_in()
    body = urlencode({"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": AFTER})
    response = Browser().post(address(world, "logout"), body, content_type=FORM)
    assert response.status_code == 303 and address(world, "logout") in response.headers["Location"]


def test_the_session_cookie_is_dead_on_the_server_row_227() -> None:
    world, browser, tokens = signed_in()
    stolen = browser.cookies["session"].value
    logout(browser, world, id_token_hint=tokens["id_token"])
    thief = Browser()
    thief.cookies["session"] = stolen
    assert not is_signed_in(thief, world)
    sign_in(browser, world.user)
    assert browser.cookies["session"].value != stolen


@pytest.mark.parametrize("door", ["logout", "accounts"])
def test_tokens_of_the_session_end_unless_offline_access_was_granted_row_161(door: str) -> None:
    world, browser, online = signed_in()
    offline = login_tokens(world, browser, scope="openid offline_access")
    if door == "logout":
        logout(browser, world, id_token_hint=online["id_token"])
    else:
        browser.post("/accounts/logout/")
    alive = [
        client_request(world, "introspect", token=tokens["access_token"]).json()["active"]
        for tokens in (online, offline)
    ]
    assert alive == [False, True]
    refresh = {"grant_type": "refresh_token", "refresh_token": offline["refresh_token"]}
    assert client_request(world, "token", **refresh).status_code == 200


def test_whoever_ends_all_sessions_ends_their_tokens_unless_offline_access_was_granted() -> None:
    """Row 161 from outside: the console's "End sessions", and the API's."""
    world, browser, online = signed_in()
    offline = login_tokens(world, browser, scope="openid offline_access")
    end_sessions(actor=TESTER, user=world.user)
    alive = [
        client_request(world, "introspect", token=tokens["access_token"]).json()["active"]
        for tokens in (online, offline)
    ]
    assert alive == [False, True]
    (event,) = LogEvent.objects.filter(event_type="app.oauth2.token.revoke.implicit.user")
    assert event.body["target"][0]["detailEntry"] == {"TokenCount": 1}


def test_the_console_counts_the_grants_that_end_with_sessions_before_it_ends_them() -> None:
    world, _browser, tokens = signed_in()
    root = Browser()
    root.force_login(make_superuser())
    url = f"/admin/directory/user/{world.user.pk}/status/end_sessions/"
    assert b"grant dies at once" in root.get(url).content
    assert client_request(world, "introspect", token=tokens["access_token"]).json()["active"]
    shown = root.post(url, {"confirmed": "1"})
    assert b"Before this is saved" in shown.content
    assert client_request(world, "introspect", token=tokens["access_token"]).json()["active"]


def test_r24_what_a_logout_has_ended_is_counted_in_one_event() -> None:
    world, browser, tokens = signed_in()
    logout(browser, world, id_token_hint=tokens["id_token"])
    (event,) = LogEvent.objects.filter(event_type="app.oauth2.token.revoke.implicit.user")
    assert (event.user_id, event.reason) == (world.user.pk, "user.session.end")
    assert event.body["target"][0]["detailEntry"] == {"TokenCount": 1}
    browser.post("/accounts/logout/")
    assert LogEvent.objects.filter(event_type=event.event_type).count() == 1


def test_tokens_of_another_session_live_on() -> None:
    world, browser, tokens = signed_in()
    elsewhere = login_tokens(world, Browser())
    logout(browser, world, id_token_hint=tokens["id_token"])
    answer = client_request(world, "introspect", token=elsewhere["access_token"]).json()
    assert answer["active"] and Grant.objects.filter(revoked_at=None).count() == 1
