"""Real pages in a real browser: no script error, nothing against the Content-Security-Policy."""

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client as Browser
from playwright.sync_api import Page

from tests.admin.conftest import World
from tests.browser.conftest import browser, browser_page  # noqa: F401 - fixtures

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
PLACES = (
    *("", "servers/authorizationserver/", "clients/client/", "directory/user/"),
    *("directory/group/", "tokens/grant/", "tokens/accesstoken/", "systemlog/logevent/"),
    *("tokens/grant/revoke/", "tokens/grant/revoke/?server=orders", "tokens/doctor/"),
    *("jobs/", "systemlog/revocationjob/", "servers/installation/", "clients/tokenpolicy/"),
    *("servers/authorizationserver/orders/history/", "history/AuthorizationServer/orders/"),
    "servers/authorizationserver/orders/history/?at=1",
    *("servers/authorizationserver/orders/policies/", "servers/authorizationserver/orders/keys/"),
    *("servers/authorizationserver/orders/try/", "try/"),
    *("servers/authorizationserver/orders/change/", "directory/user/add/", "clients/client/add/"),
)


def test_every_place_of_the_menu_obeys_the_policy(
    world: World,
    root: Browser,
    live_server: object,
    browser_page: Page,  # noqa: F811
) -> None:
    base = str(live_server)
    name = settings.SESSION_COOKIE_NAME
    browser_page.context.add_cookies(
        [{"name": name, "value": root.cookies[name].value, "url": base}]
    )
    assert get_user_model().objects.exists()
    rule = f"policies/rule/{world.rule.pk}/change/"
    assignments = f"clients/client/{world.web.pk}/assignments/"
    for place in (*PLACES, rule, assignments):
        response = browser_page.goto(f"{base}/admin/{place}")
        assert response is not None
        assert (place, response.status) == (place, 200)


def test_people_are_found_by_typing(
    world: World,
    root: Browser,
    live_server: object,
    browser_page: Page,  # noqa: F811
) -> None:
    base = str(live_server)
    name = settings.SESSION_COOKIE_NAME
    browser_page.context.add_cookies(
        [{"name": name, "value": root.cookies[name].value, "url": base}]
    )
    browser_page.goto(f"{base}/admin/policies/rule/{world.rule.pk}/change/")
    browser_page.locator(".field-people__include_users .select2-selection").click()
    browser_page.keyboard.type("ada@")
    browser_page.get_by_text("ada@example.com").click()
    chosen = browser_page.locator(".field-people__include_users .select2-selection__choice")
    assert "ada@example.com" in chosen.inner_text()
