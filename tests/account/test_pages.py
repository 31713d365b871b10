"""The account pages: what each shows, changes and costs."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.core import mail

from apps.directory.models import User
from apps.directory.services import set_password, update_user
from apps.systemlog.models import LogEvent
from apps.tokens.models import Consent, Grant
from tests.account.people import confirmed, link_in_mail, signed_in
from tests.factories import PASSWORD, TESTER, make_scope, make_user
from tests.logbook import everything, mark
from tests.oauth.flow import (
    Browser,
    World,
    authorize,
    client_request,
    consent,
    exchange,
    make_world,
    sign_in,
    token_request,
)

pytestmark = pytest.mark.django_db


def introspect(world: World, token: str) -> dict[str, Any]:
    """What the server says of a token."""
    found: dict[str, Any] = client_request(world, "introspect", token=token).json()
    return found


def used_world(user: User | None = None, **client: Any) -> tuple[World, dict[str, Any]]:
    """A client that was allowed something and got tokens for it."""
    fields = {"consent_method": "REQUIRED", "name": "Orders Dashboard", **client}
    world, browser = make_world(user=user, **fields), Browser()
    make_scope(world.server, "orders:read", consent="REQUIRED", display_name="Read your orders")
    sign_in(browser, world.user)
    page = authorize(browser, world, scope="openid orders:read offline_access")
    return world, exchange(world, consent(browser, world, page).code).json()


def test_applications_are_listed_with_scopes_since_when_and_last_use() -> None:
    world, _ = used_world()
    page = signed_in(world.user).get("/account/applications/").content.decode()
    assert "Orders Dashboard" in page and "Read your orders" in page
    assert world.server.name in page and "last used" in page and "not used yet" not in page


def test_others_applications_are_not_listed() -> None:
    world, _ = used_world()
    browser = signed_in(make_user())
    assert "Orders Dashboard" not in browser.get("/account/applications/").content.decode()
    assert browser.get(f"/account/applications/{world.client.pk}/").status_code == 404
    assert browser.post(f"/account/applications/{world.client.pk}/").status_code == 404
    assert Consent.objects.exists()


def test_row_162_removing_access_ends_consent_and_tokens_at_once() -> None:
    world, tokens = used_world()
    browser, since = signed_in(world.user), mark()
    address = f"/account/applications/{world.client.pk}/"
    assert "Read your orders" in browser.get(address).content.decode()
    assert Consent.objects.exists() and introspect(world, tokens["access_token"])["active"]
    answer = browser.post(address)
    assert answer.headers["Location"] == "/account/applications/"
    assert not Consent.objects.exists()
    assert introspect(world, tokens["access_token"]) == {"active": False}
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    refused = token_request(world, **form)
    assert refused.json()["error"] == "invalid_grant"
    event = LogEvent.objects.get(pk__gt=since, event_type="app.oauth2.as.consent.revoke")
    assert event.user_id == world.user.pk
    page = browser.get("/account/applications/").content.decode()
    assert "No application has access" in page and "no longer has access" in page


def test_the_list_costs_the_same_however_many_there_are(
    django_assert_max_num_queries: Any,
) -> None:
    world, _ = used_world()
    for _ in range(4):
        used_world(user=world.user, name=f"Application {_}")
    browser = signed_in(world.user)
    with django_assert_max_num_queries(8):
        page = browser.get("/account/applications/").content.decode()
    assert page.count("Remove access") == 5


@pytest.mark.parametrize("page", ["/account/", "/accounts/2fa/", "/accounts/sessions/"])
def test_pages_cost_few_statements(page: str, django_assert_max_num_queries: Any) -> None:
    user = make_user()
    browser = signed_in(user)
    for _ in range(5):
        signed_in(user)
    with django_assert_max_num_queries(8):
        assert browser.get(page).status_code == 200


PAGES = (
    *("/account/", "/account/applications/", "/accounts/2fa/", "/accounts/2fa/webauthn/"),
    *("/accounts/sessions/", "/accounts/email/", "/accounts/password/change/"),
)


@pytest.mark.parametrize("page", PAGES)
def test_pages_are_for_who_is_signed_in_and_nobody_keeps_them(page: str) -> None:
    assert "/accounts/" in Browser().get(page).headers["Location"]
    answer = confirmed(signed_in(make_user())).get(page)
    assert answer.status_code == 200
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    text = answer.content.decode()
    assert " style=" not in text and " onclick=" not in text and "<style" not in text


def test_what_is_kept_about_a_person_is_shown() -> None:
    user = make_user(first_name="Ada", last_name="Lovelace", profile={"department": "Engines"})
    page = signed_in(user).get("/account/").content.decode()
    assert all(text in page for text in ("Ada Lovelace", user.login, user.email, "Engines"))


def test_one_browser_is_signed_out_and_its_online_grants_end() -> None:
    world, away = make_world(), Browser()
    sign_in(away, world.user)
    online = exchange(world, authorize(away, world, scope="openid").code).json()
    here = signed_in(world.user)
    page = here.get("/accounts/sessions/")
    keys = {str(row.session_key): row.pk for row in page.context["sessions"]}
    (number,) = (pk for key, pk in keys.items() if key != page.context["here"])
    here.post(f"/accounts/sessions/{number}/")
    assert "/accounts/login/" in away.get("/account/").headers["Location"]
    assert here.get("/account/").status_code == 200
    assert introspect(world, online["access_token"]) == {"active": False}


def test_all_other_browsers_are_signed_out() -> None:
    user = make_user()
    here, others = signed_in(user), [signed_in(user) for _ in range(3)]
    stranger = signed_in(make_user())
    here.post("/accounts/sessions/others/")
    assert {one.get("/account/").status_code for one in others} == {302}
    assert {one.get("/account/").status_code for one in (here, stranger)} == {200}
    assert len(here.get("/accounts/sessions/").context["sessions"]) == 1


def test_nobody_ends_somebody_elses_session() -> None:
    victim = signed_in(make_user())
    row = victim.get("/accounts/sessions/").context["sessions"][0]
    assert signed_in(make_user()).post(f"/accounts/sessions/{row.pk}/").status_code == 404
    assert victim.get("/account/").status_code == 200 and Session.objects.count() == 2


def asked_for(browser: Browser, address: str) -> str:
    """The link that is sent to a new address."""
    assert confirmed(browser).post("/accounts/email/", {"email": address}).status_code == 200
    assert mail.outbox[-1].to == [address]
    return link_in_mail()


def test_a_new_address_counts_when_its_link_was_followed() -> None:
    user = make_user()
    before, since = user.email, mark()
    link = asked_for(signed_in(user), "new@example.org")
    user.refresh_from_db()
    assert user.email == before
    assert Browser().get(link).status_code == 200  # as a mail scanner looks
    user.refresh_from_db()
    assert user.email == before
    assert Browser().post(link).status_code == 302
    user.refresh_from_db()
    assert user.email == "new@example.org" and mail.outbox[-1].to == [before]
    assert LogEvent.objects.filter(pk__gt=since, event_type="user.account.update_profile").exists()
    assert Browser().post(link).status_code == 400  # once


@pytest.mark.parametrize("change", ["email", "password", "forged"])
def test_a_link_is_over_when_anything_has_changed(change: str) -> None:
    user = make_user()
    link = asked_for(signed_in(user), "new@example.org")
    if change == "email":
        update_user(actor=TESTER, user=user, email="third@example.org")
    elif change == "password":
        set_password(actor=TESTER, user=user, password="another horse battery")
    else:
        link = link[:-4] + "xxx/"
    user.refresh_from_db()
    before = user.email
    assert Browser().post(link).status_code == 400
    user.refresh_from_db()
    assert user.email == before


def test_what_has_changed_is_told_to_the_address_of_today() -> None:
    user = make_user()
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    update_user(actor=TESTER, user=user, email="new@example.org")
    browser, new = signed_in(user), "another horse battery"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert browser.post("/accounts/password/change/", form).status_code == 302
    assert mail.outbox[-1].to == ["new@example.org"]


def test_changing_the_address_wants_a_fresh_proof() -> None:
    answer = signed_in(make_user()).post("/accounts/email/", {"email": "new@example.org"})
    assert answer.headers["Location"].startswith("/accounts/reauthenticate/")
    assert mail.outbox == []


def test_row_240_a_form_that_waits_for_a_proof_is_not_kept_in_the_session() -> None:
    user = make_user()
    browser = signed_in(user)
    browser.post("/accounts/email/", {"email": "new@example.org", "password": "typed-by-mistake"})
    key = browser.session
    assert "typed-by-mistake" not in str(dict(key.items()))


def test_row_240_a_password_is_nowhere_but_in_its_hash(caplog: pytest.LogCaptureFixture) -> None:
    user, since = make_user(), mark()
    browser = signed_in(user)
    new = "a-password-that-nobody-has-typed"
    sign_in(Browser(), user, "the-wrong-password-of-240")
    form = {"oldpassword": "the-old-one-of-240", "password1": new, "password2": new}
    browser.post("/accounts/password/change/", form)
    browser.post("/accounts/reauthenticate/", {"password": "the-wrong-password-of-240"})
    sessions = [str(row.get_decoded()) for row in Session.objects.all()]
    kept = "".join([everything(), caplog.text, *sessions, str(list(Grant.objects.values()))])
    for text in (new, "the-wrong-password-of-240", "the-old-one-of-240"):
        assert text not in kept
    assert LogEvent.objects.filter(pk__gt=since).exists()
