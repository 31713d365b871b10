"""Signing in, and the second factors of the first administrator."""

from playwright.sync_api import expect

from tests.browser.story.console import Console
from tests.browser.test_account import OPTIONS, code_of


def sign_in(console: Console, login: str, password: str) -> None:
    """Where every page leads whoever isn't signed in."""
    console.page.get_by_label("Username").fill(login)
    console.page.get_by_label("Password").fill(password)
    console.press("Sign in")


def enrol(console: Console, password: str) -> None:
    """An authenticator app and a passkey; then the passkey alone signs in."""
    page = console.page
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": OPTIONS})
    enrol_app(console, password)
    page.goto(f"{console.url}/accounts/2fa/webauthn/add/")
    page.get_by_label("Name").fill("My laptop")
    page.get_by_label("Sign in with it alone").check()
    console.press("Add")
    expect(page.get_by_text("Security key added.")).to_be_visible()
    page.goto(f"{console.url}/accounts/logout/")
    page.locator("form button[type=submit]").first.click()
    page.goto(f"{console.url}/admin/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    console.is_titled("Dashboard")


def enrol_app(console: Console, password: str) -> None:
    """After a fresh proof, by password."""
    page = console.page
    page.goto(f"{console.url}/accounts/2fa/totp/activate/")
    page.get_by_label("Password").fill(password)
    console.press("Confirm")
    secret = page.get_by_label("Text for the app").input_value()
    page.get_by_label("Authenticator code").fill(code_of(secret))
    console.press("Add")
    expect(page.locator(".codes code")).to_have_count(10)
