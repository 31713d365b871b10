"""The account in a real browser: passkeys by Chromium's virtual authenticator, an authenticator
app, recovery codes. Nothing against the policy, no script error."""

from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.directory.models import User
from tests.factories import PASSWORD, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
OPTIONS = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def passkeys(browser_page: Page) -> Iterator[Page]:
    """A page whose browser has a fingerprint reader."""
    session = browser_page.context.new_cdp_session(browser_page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": OPTIONS})
    yield browser_page


def sign_in(page: Page, live_server: LiveServer, user: User) -> None:
    """Login and password."""
    page.goto(f"{live_server.url}/accounts/login/?next=/account/")
    page.get_by_label("Username").fill(user.login)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page, live_server: LiveServer) -> None:
    page.goto(f"{live_server.url}/accounts/logout/")
    page.locator("form button[type=submit]").first.click()


def confirm(page: Page) -> None:
    """A fresh proof, by password."""
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def enrol_app(page: Page, live_server: LiveServer) -> tuple[str, list[str]]:
    """The secret, and the recovery codes that come with it."""
    page.goto(f"{live_server.url}/accounts/2fa/totp/activate/")
    confirm(page)
    secret = page.get_by_label("Text for the app").input_value()
    page.get_by_label("Authenticator code").fill(code_of(secret))
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    return secret, page.locator(".codes code").all_inner_texts()


def code_of(secret: str, later: int = 0) -> str:
    """What the app shows now, or steps later."""
    now = list(totp.yield_hotp_counters_from_time())[1]
    return totp.format_hotp_value(totp.hotp_value(secret, now + later))


def test_a_passkey_is_enrolled_and_signs_in_alone(passkeys: Page, live_server: LiveServer) -> None:
    page, user = passkeys, make_user(first_name="Ada", last_name="Lovelace")
    sign_in(page, live_server, user)
    expect(page.get_by_role("heading", name="Ada Lovelace")).to_be_visible()
    page.goto(f"{live_server.url}/accounts/2fa/webauthn/add/")
    confirm(page)
    page.get_by_label("Name").fill("My laptop")
    page.get_by_label("Sign in with it alone").check()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".codes code")).to_have_count(10)
    sign_out(page, live_server)
    page.goto(f"{live_server.url}/accounts/login/?next=/account/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="Ada Lovelace")).to_be_visible()
    assert Authenticator.objects.get(type="webauthn").last_used_at is not None


def test_a_passkey_is_a_second_factor_too(passkeys: Page, live_server: LiveServer) -> None:
    page, user = passkeys, make_user(first_name="Ada", last_name="Lovelace")
    sign_in(page, live_server, user)
    page.goto(f"{live_server.url}/accounts/2fa/webauthn/add/")
    confirm(page)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".codes code")).to_have_count(10)
    sign_out(page, live_server)
    sign_in(page, live_server, user)
    page.get_by_role("button", name="Use a passkey or security key").click()
    expect(page.get_by_role("heading", name="Ada Lovelace")).to_be_visible()


def test_a_passkey_that_is_refused_is_told_on_the_page(
    browser_page: Page, live_server: LiveServer
) -> None:
    options = OPTIONS | {"isUserVerified": False}
    session = browser_page.context.new_cdp_session(browser_page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    browser_page.goto(f"{live_server.url}/accounts/login/")
    browser_page.get_by_role("button", name="Sign in with a passkey").click()
    expect(browser_page.get_by_role("alert")).to_contain_text("The passkey was not used")


def test_an_authenticator_app_is_enrolled_and_asked_for(
    browser_page: Page, live_server: LiveServer
) -> None:
    page, user = browser_page, make_user(first_name="Ada", last_name="Lovelace")
    sign_in(page, live_server, user)
    secret, codes = enrol_app(page, live_server)
    assert len(set(codes)) == 10
    sign_out(page, live_server)
    sign_in(page, live_server, user)
    page.get_by_label("Code").fill(code_of(secret, later=1))
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Ada Lovelace")).to_be_visible()


def test_a_recovery_code_signs_in_once(browser_page: Page, live_server: LiveServer) -> None:
    page, user = browser_page, make_user(first_name="Ada", last_name="Lovelace")
    sign_in(page, live_server, user)
    _, codes = enrol_app(page, live_server)
    for heading in ("Ada Lovelace", "Second factor"):
        sign_out(page, live_server)
        sign_in(page, live_server, user)
        page.get_by_label("Code").fill(codes[0])
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect(page.get_by_role("heading", name=heading)).to_be_visible()


def test_all_but_passkeys_works_without_javascript(
    browser: Browser, live_server: LiveServer
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page, user = context.new_page(), make_user(first_name="Ada", last_name="Lovelace")
    sign_in(page, live_server, user)
    secret, codes = enrol_app(page, live_server)
    assert len(codes) == 10
    sign_out(page, live_server)
    sign_in(page, live_server, user)
    page.get_by_label("Code").fill(code_of(secret, later=1))
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Ada Lovelace")).to_be_visible()
    for name in ("Applications", "Sign-in", "Browsers", "About you"):
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.get_by_role("link", name=name, exact=True)).to_have_attribute(
            "aria-current", "page"
        )
    context.close()
