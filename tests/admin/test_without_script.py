"""Every page of the console once in a real browser that runs no script: it says what it is, and
nothing on it waits for a script to do something."""

import pytest
from django.test import Client as Browser
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page

from apps.directory.models import User
from tests.admin.barriers_scene import furnish
from tests.admin.conftest import World
from tests.admin.crawler import pages
from tests.admin.test_barriers import one_of_each_kind
from tests.admin.test_before_browser import page_of
from tests.browser.conftest import browser  # noqa: F401 - fixture

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
IDLE = "button:not(form button):not([form]):visible, a[href='#']:visible"


def wrong_with(page: Page, url: str) -> list[str]:
    """What a person without a script would miss."""
    response = page.goto(url, wait_until="domcontentloaded")
    found = []
    if response is None or response.status != 200:
        return [f"status {response.status if response else None}"]
    heading = page.locator("h1:visible")
    if heading.count() != 1 or not heading.inner_text().strip():
        found.append(f"{heading.count()} headings")
    found += [f"does nothing: {one}" for one in page.locator(IDLE).all_inner_texts()]
    return found


def test_every_page_of_the_console_stands_without_a_script(
    world: World,
    root: Browser,
    superuser: User,
    live_server: object,
    browser: Chromium,  # noqa: F811
) -> None:
    base = str(live_server)
    more = furnish(world, root, superuser)
    places = [*one_of_each_kind(url for url, _ in pages(root)), *more]
    places = [place for place in places if "styleguide" not in place]  # samples do nothing
    assert len(places) > 90
    page = page_of(browser, base, root)
    wrong = {place: found for place in places if (found := wrong_with(page, f"{base}{place}"))}
    page.context.close()
    assert wrong == {}
