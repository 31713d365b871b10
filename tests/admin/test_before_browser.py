"""From an edit to a dead token in a real browser that runs no script."""

import pytest
from django.conf import settings
from django.test import Client as Browser
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect

from tests.browser.conftest import browser  # noqa: F401 - fixture
from tests.oauth.grants_fixture import client_credentials, make_world, sign_in
from tests.oauth.watching import watch

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


def page_of(chromium: Chromium, base: str, signed_in: Browser) -> Page:
    """A page without JavaScript, with the session of the console."""
    context = chromium.new_context(java_script_enabled=False)
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": signed_in.cookies[name].value, "url": base}])
    return context.new_page()


def test_without_javascript_edit_confirm_back_confirm_and_the_token_is_dead(
    root: Browser,
    live_server: object,
    browser: Chromium,  # noqa: F811
) -> None:
    scene = make_world(token_format="opaque")
    tokens = sign_in(scene)
    client_credentials(scene)
    page = page_of(browser, str(live_server), root)
    page.goto(f"{live_server}/admin/policies/rule/{scene.rule.pk}/change/")
    page.locator("#id_name").fill("Narrower")
    page.get_by_label("Any scope").uncheck()
    page.get_by_label("orders:read").check()
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Before this is saved")
    page.get_by_role("button", name="Back to editing").click()
    expect(page.locator("#id_name")).to_have_value("Narrower")
    expect(page.get_by_label("Any scope")).not_to_be_checked()
    page.get_by_role("button", name="Save").click()
    assert watch(scene).is_active(tokens.access)

    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Save and revoke 3 tokens").click()
    expect(page.locator(".messagelist")).to_contain_text("was saved")
    assert not watch(scene).is_active(tokens.access)
    page.context.close()
