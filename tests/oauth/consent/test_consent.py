"""Who is asked about what: `prompt` × the client × each scope, and what an answer is good for."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.db import connection

from apps.systemlog.models import LogEvent
from apps.tokens.models import Consent, Grant
from tests.factories import make_scope, make_user
from tests.logbook import events, mark
from tests.oauth.flow import (
    Answer,
    Browser,
    World,
    address,
    answer_of,
    authorize,
    consent,
    exchange,
    hidden_transaction,
    make_world,
    post_form,
    sign_in,
)

pytestmark = pytest.mark.django_db
SCHEME = "com.example.app:/callback"


def asked(answer: Answer) -> bool:
    """Whether the consent page is shown."""
    return answer.response.status_code == 200 and b'value="allow"' in answer.response.content


def consent_world(method: str = "REQUIRED", **client: Any) -> tuple[World, Browser]:
    """Scopes of every kind: `read` FLEXIBLE, `write` REQUIRED, `plain` IMPLICIT, `extra`
    optional."""
    world, browser = make_world(consent_method=method, **client), Browser()
    make_scope(world.server, "read", consent="FLEXIBLE")
    make_scope(world.server, "write", consent="REQUIRED", display_name="Change <b>orders</b>")
    make_scope(world.server, "plain")
    make_scope(world.server, "extra", consent="REQUIRED", is_optional=True)
    sign_in(browser, world.user)
    return world, browser


@pytest.mark.parametrize("method", ["TRUSTED", "REQUIRED"])
@pytest.mark.parametrize("prompt", ["consent", None, "none"])
@pytest.mark.parametrize("scope", ["plain", "read", "write"])
def test_the_matrix_of_prompt_client_and_scope(method: str, prompt: str | None, scope: str) -> None:
    world, browser = consent_world(method)
    answer = authorize(browser, world, scope=f"openid {scope}", prompt=prompt)
    wants_page = scope != "plain" and (prompt == "consent" or method == "REQUIRED")
    if wants_page and prompt == "none":
        assert answer.error == "consent_required"  # row 93
    else:
        assert asked(answer) if wants_page else answer.code


def test_allowing_gives_a_code_and_is_remembered_per_client() -> None:
    world, browser = consent_world()
    since = mark()
    page = authorize(browser, world, scope="openid read")
    assert exchange(world, consent(browser, world, page).code).status_code == 200
    assert "app.oauth2.as.consent.grant" in events(since=since)
    assert list(Consent.objects.values_list("scope", flat=True)) == ["read"]
    assert authorize(browser, world, scope="openid read").code
    assert authorize(browser, world, scope="openid read", prompt="none").code


def test_a_new_scope_another_client_and_another_user_are_asked_again_row_244() -> None:
    world, browser = consent_world()
    consent(browser, world, authorize(browser, world, scope="openid read"))
    assert asked(authorize(browser, world, scope="openid read write"))
    other = make_world(consent_method="REQUIRED", user=world.user)
    other.server = world.server
    assert asked(authorize(browser, other, scope="openid read"))
    stranger = make_user()
    from apps.clients.services import assign_user
    from tests.factories import TESTER

    assign_user(actor=TESTER, client=world.client, user=stranger)
    second = Browser()
    sign_in(second, stranger)
    assert asked(authorize(second, world, scope="openid read"))


def test_prompt_consent_asks_although_it_is_remembered() -> None:
    world, browser = consent_world()
    consent(browser, world, authorize(browser, world, scope="openid read"))
    page = authorize(browser, world, scope="openid read", prompt="consent")
    assert asked(page) and consent(browser, world, page).code


def test_denying_goes_back_and_stores_nothing_row_247() -> None:
    world, browser = consent_world()
    since = mark()
    answer = consent(browser, world, authorize(browser, world, scope="openid read"), "deny")
    assert (answer.error, answer.response.status_code) == ("access_denied", 303)
    assert answer.members["state"] == "s-t_a.t,e"
    assert (Consent.objects.count(), Grant.objects.count()) == (0, 0)
    found = LogEvent.objects.get(pk__gt=since, event_type="app.oauth2.as.consent.grant")
    assert found.outcome == "FAILURE" and found.user_id == world.user.pk


def test_closing_the_page_stores_nothing_row_247() -> None:
    world, browser = consent_world()
    authorize(browser, world, scope="openid read")
    assert (Consent.objects.count(), Grant.objects.count()) == (0, 0)


def test_an_optional_scope_can_be_unticked_and_the_token_lacks_it() -> None:
    world, browser = consent_world()
    page = authorize(browser, world, scope="openid read extra")
    tokens = exchange(world, consent(browser, world, page).code).json()
    assert tokens["scope"] == "openid read"
    assert set(Consent.objects.values_list("scope", flat=True)) == {"read"}
    page = authorize(browser, world, scope="openid read extra")
    tokens = exchange(world, consent(browser, world, page, scope=["extra"]).code).json()
    assert tokens["scope"] == "openid read extra"


def test_unticking_everything_is_a_denial() -> None:
    world, browser = consent_world()
    page = authorize(browser, world, scope="extra")
    assert consent(browser, world, page).error == "access_denied"


def test_a_ticked_scope_that_was_not_asked_for_is_not_granted_row_109() -> None:
    world, browser = consent_world()
    page = authorize(browser, world, scope="openid read")
    answer = consent(browser, world, page, scope=["read", "write", "extra"])
    assert exchange(world, answer.code).json()["scope"] == "openid read"


def test_hidden_fields_that_are_added_change_nothing_row_109() -> None:
    world, browser = consent_world()
    page = authorize(browser, world, scope="openid read")
    forged = {"redirect_uri": "https://evil.com", "client_id": "x", "code_challenge": "y" * 43}
    answer = consent(browser, world, page, **forged)
    assert answer.location.startswith("https://app.example.com/") and answer.code
    assert exchange(world, answer.code).status_code == 200


def test_an_edited_transaction_gets_a_page_row_109() -> None:
    world, browser = consent_world()
    page = authorize(browser, world, scope="openid read")
    assert consent(browser, world, page, transaction=hidden_transaction(page) + "x").is_page


def test_an_answer_at_another_server_gets_a_page_row_109() -> None:
    world, browser = consent_world()
    page = authorize(browser, world, scope="openid read")
    other = make_world()
    assert consent(browser, other, page).is_page


def test_a_sign_in_transaction_approves_nothing_row_109() -> None:
    world = make_world(consent_method="REQUIRED")
    make_scope(world.server, "read", consent="FLEXIBLE")
    browser = Browser()
    away = authorize(browser, world, scope="openid read")
    sign_in(browser, world.user)
    from tests.oauth.flow import resume_address

    token = resume_address(away).partition("transaction=")[2].replace("%3A", ":")
    body = {"transaction": token, "action": "allow"}
    assert post_form(browser, address(world, "authorize"), body).is_page
    assert Grant.objects.count() == 0


def test_the_answer_needs_the_csrf_token_of_our_page() -> None:
    world, browser = consent_world()
    strict = Browser(enforce_csrf_checks=True)
    strict.cookies = browser.cookies
    page = authorize(strict, world, scope="openid read")
    answer = consent(strict, world, page)
    assert answer.response.status_code == 403 and b"expired" in answer.response.content
    token = strict.cookies["csrf"].value
    assert consent(strict, world, page, csrfmiddlewaretoken=token).code


def test_approving_twice_gives_one_code_row_110() -> None:
    world, browser = consent_world()
    page = authorize(browser, world, scope="openid read")
    assert consent(browser, world, page).code
    assert consent(browser, world, page).is_page
    assert Grant.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_approving_twenty_times_at_once_gives_one_code_row_110() -> None:
    world, browser = consent_world()
    page = authorize(browser, world, scope="openid read")

    def approve(_: int) -> bool:
        copy = Browser()
        copy.cookies = browser.cookies
        answer = consent(copy, world, page)
        connection.close()
        return "code" in answer.members

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(approve, range(20))) == 1
    assert Grant.objects.count() == 1


def test_the_page_is_not_answered_by_the_next_user_of_the_browser_row_108() -> None:
    world, browser = consent_world()
    page = authorize(browser, world, scope="openid read")
    browser.post("/accounts/logout/")
    assert consent(browser, world, page).is_page
    sign_in(browser, make_user())
    assert consent(browser, world, page).is_page


def test_two_tabs_can_remember_the_same_scope() -> None:
    world, browser = consent_world()
    first = authorize(browser, world, scope="openid read")
    second = authorize(browser, world, scope="openid read write")
    assert consent(browser, world, first).code and consent(browser, world, second).code
    assert Consent.objects.count() == 2


@pytest.mark.parametrize("method", ["TRUSTED", "REQUIRED"])
def test_a_native_client_with_a_custom_scheme_is_always_asked_row_243(method: str) -> None:
    fields: dict[str, Any] = {"redirect_uris": [SCHEME], "token_endpoint_auth_method": "none"}
    world, browser = consent_world(method, client_type="native", **fields)
    for _ in range(2):
        page = authorize(browser, world, redirect_uri=SCHEME)
        assert asked(page)
        assert consent(browser, world, page).location.startswith(f"{SCHEME}?code=")
    assert authorize(browser, world, redirect_uri=SCHEME, prompt="none").error == "consent_required"


def test_the_policy_of_the_page_allows_its_form_to_end_at_the_application() -> None:
    fields: dict[str, Any] = {"redirect_uris": [SCHEME], "token_endpoint_auth_method": "none"}
    world, browser = consent_world(client_type="native", **fields)
    page = authorize(browser, world, redirect_uri=SCHEME)
    policy = page.response.headers["Content-Security-Policy"]
    assert "form-action 'self' com.example.app:" in policy and "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("name", ["<script>x</script>", "Okta\u202e Sign-In", "A" * 100])
def test_a_hostile_client_name_is_only_text_row_245(name: str) -> None:
    world, browser = consent_world(name="Harmless")
    type(world.client).objects.filter(pk=world.client.pk).update(name=name)
    page = authorize(browser, world, scope="openid write")
    body = page.response.content.decode()
    assert asked(page) and "<script>x" not in body and "Change &lt;b&gt;" in body
    assert 'class="foreign-name"' in body and "app.example.com" in body


def test_a_denied_policy_is_not_asked_about() -> None:
    world, browser = consent_world()
    stranger = Browser()
    sign_in(stranger, make_user())
    assert authorize(stranger, world, scope="openid read").error == "access_denied"


def test_somebody_else_can_sign_in_from_the_page_and_the_request_begins_again() -> None:
    world, browser = consent_world()
    page = authorize(browser, world, scope="openid read")
    switch = page.response.context["switch_url"]
    assert switch in page.response.content.decode().replace("&amp;", "&")
    again = dict(parse_qsl(urlsplit(switch).query))["next"]
    left = browser.post("/accounts/logout/", {"next": again})
    assert answer_of(browser.get(left.headers["Location"])).location.startswith("/accounts/login/")
