"""No page keeps anybody out: axe-core on every page, light and dark (WCAG 2.2 AA)."""

from collections.abc import Iterable
from typing import Any

import pytest
from django.conf import settings as configured
from django.test import Client as Browser
from playwright.sync_api import Page

from apps.directory.builtin import ensure_everyone
from apps.directory.models import User
from tests.admin.barriers_scene import furnish
from tests.admin.conftest import World
from tests.admin.crawler import kind_of, pages
from tests.browser.axe import barriers
from tests.browser.conftest import browser, browser_page  # noqa: F401 - fixtures
from tests.oauth.grants_fixture import make_world, sign_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
SHARDS = 3


def carry_session(page: Page, root: Browser, base: str) -> None:
    """Whoever is signed in by the test client is it in Chromium, too."""
    name = configured.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": root.cookies[name].value, "url": base}])


def look_at(page: Page, base: str, places: Iterable[str]) -> dict[str, Any]:
    """Address → what is wrong there."""
    found: dict[str, Any] = {}
    for place in places:
        page.goto(f"{base}{place}")
        if wrong := barriers(page):
            found[place] = wrong
    return found


def one_of_each_kind(urls: Iterable[str]) -> list[str]:
    """A list looks the same whatever it is filtered for."""
    kinds: dict[str, str] = {}
    for url in urls:
        kinds.setdefault(kind_of(url).partition("=")[0], url)
    return sorted(kinds.values())


@pytest.mark.parametrize("shard", range(SHARDS))
def test_no_page_of_the_console_has_a_barrier(
    shard: int,
    world: World,
    root: Browser,
    superuser: User,
    live_server: object,
    browser_page: Page,  # noqa: F811
    settings: Any,
) -> None:
    settings.DEBUG = True  # for the style guide
    base = str(live_server)
    carry_session(browser_page, root, base)
    more = furnish(world, root, superuser)
    places = [*one_of_each_kind(url for url, _ in pages(root)), *more]
    assert len(places) > 90
    assert look_at(browser_page, base, places[shard::SHARDS]) == {}


def test_what_forms_answer_has_no_barrier(
    root: Browser,
    live_server: object,
    browser_page: Page,  # noqa: F811
) -> None:
    ensure_everyone()
    scene, page, base = make_world(token_format="opaque"), browser_page, str(live_server)
    carry_session(page, root, base)
    sign_in(scene)
    found = {}
    page.goto(f"{base}/admin/clients/client/add/")
    page.locator("[name=client_id]").fill("?")
    page.get_by_role("button", name="Save").click()
    page.locator(".errornote").wait_for()
    found["refused"] = barriers(page)
    page.goto(f"{base}/admin/policies/rule/{scene.rule.pk}/change/")
    page.locator("[name=access_token_minutes_number]").fill("30")
    page.locator("[name=access_token_minutes_unit]").select_option("1")
    page.get_by_role("button", name="Save").click()
    found["asked"] = barriers(page)
    page.get_by_role("checkbox").last.check()
    page.get_by_role("button", name="Save and revoke").click()
    page.locator(".messagelist").wait_for()
    found["told"] = barriers(page)
    assert found == {"refused": [], "asked": [], "told": []}
