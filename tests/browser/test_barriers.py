"""No barrier on the pages that an ordinary person meets: axe-core, light and dark (WCAG 2.2 AA)."""

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from tests.browser.axe import barriers
from tests.browser.test_account import confirm, enrol_app, sign_in, sign_out
from tests.browser.test_code_flow import (
    application,  # noqa: F401 - fixture
    make_application_world,
    open_flow,
)
from tests.browser.test_code_flow import sign_in as sign_in_at
from tests.factories import make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
OPEN = ("login/", "password/reset/", "password/reset/done/", "password/reset/key/1-set-password/")
OWN = (
    *("/account/", "/account/applications/", "/accounts/2fa/", "/accounts/sessions/"),
    *("/accounts/email/", "/accounts/password/change/", "/accounts/2fa/totp/deactivate/"),
    *("/accounts/2fa/webauthn/", "/accounts/2fa/webauthn/add/"),
    *("/accounts/2fa/recovery-codes/", "/accounts/2fa/recovery-codes/generate/"),
    "/accounts/logout/",
)


def test_pages_before_the_sign_in(browser_page: Page, live_server: LiveServer) -> None:
    found = {}
    for place in OPEN:
        browser_page.goto(f"{live_server.url}/accounts/{place}")
        found[place] = barriers(browser_page)
    assert found == dict.fromkeys(OPEN, [])


def test_the_account_and_its_second_factors(browser_page: Page, live_server: LiveServer) -> None:
    page, user = browser_page, make_user(first_name="Ada", last_name="Lovelace")
    sign_in(page, live_server, user)
    page.goto(f"{live_server.url}/accounts/2fa/totp/activate/")
    found = {"reauthenticate": barriers(page)}
    confirm(page)
    found["activate"] = barriers(page)
    page.goto(f"{live_server.url}/account/")
    sign_out(page, live_server)
    sign_in(page, live_server, user)
    enrol_app(page, live_server)
    found["codes"] = barriers(page)
    for place in OWN:
        page.goto(f"{live_server.url}{place}")
        found[place] = barriers(page)
    sign_out(page, live_server)
    sign_in(page, live_server, user)
    found["second factor"] = barriers(page)
    assert {place: wrong for place, wrong in found.items() if wrong} == {}


def test_consent_what_an_application_has_and_signing_out(
    browser_page: Page,
    live_server: LiveServer,
    application: str,  # noqa: F811
) -> None:
    page, found = browser_page, {}
    world = make_application_world(application)
    open_flow(page, live_server, world, application)
    sign_in_at(page, world)
    page.get_by_text("Read your orders").wait_for()
    found["consent"] = barriers(page)
    page.get_by_role("button", name="Allow").click()
    page.get_by_role("heading", name="Arrived").wait_for()
    for place in ("account/applications/", f"account/applications/{world.client.client_id}/"):
        page.goto(f"{live_server.url}/{place}")
        found[place] = barriers(page)
    page.goto(f"{live_server.url}/oauth2/{world.server.pk}/v1/logout")
    found["logout"] = barriers(page)
    assert {place: wrong for place, wrong in found.items() if wrong} == {}
