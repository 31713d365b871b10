"""Try it and the order of rules in a real browser, with a script and without one."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client as Browser
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page

from tests.admin.conftest import World
from tests.browser.conftest import browser, browser_page  # noqa: F401 - fixtures
from tests.factories import make_rule

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
SERVER = "/admin/servers/authorizationserver/orders"


@pytest.fixture
def plain_page(browser: Chromium) -> Iterator[Page]:  # noqa: F811
    """A browser without scripts."""
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


def open_as(page: Page, root: Browser, live_server: object, place: str) -> None:
    name, base = settings.SESSION_COOKIE_NAME, str(live_server)
    page.context.add_cookies([{"name": name, "value": root.cookies[name].value, "url": base}])
    page.goto(f"{base}{place}")


def order(world: World) -> list[str]:
    return list(world.policy.rules.order_by("priority").values_list("name", flat=True))


def ask(page: Page) -> None:
    page.get_by_label("Client", exact=True).fill("Shop")
    page.get_by_label("Grant type").select_option("authorization_code")
    page.get_by_label("User", exact=True).fill("ada@example.com")
    page.get_by_label("orders:read").check()
    page.get_by_role("button", name="Try it").click()


def test_names_are_offered_while_typing_and_the_answer_has_an_address(
    world: World,
    root: Browser,
    live_server: object,
    browser_page: Page,  # noqa: F811
) -> None:
    open_as(browser_page, root, live_server, f"{SERVER}/try/")
    browser_page.get_by_label("User", exact=True).press_sequentially("ad")
    offered = browser_page.locator("datalist option[value='ada@example.com']")
    offered.wait_for(state="attached")
    ask(browser_page)
    assert browser_page.get_by_text("Granted orders:read by rule Read").is_visible()
    assert "user=ada" in browser_page.url and "scope=orders%3Aread" in browser_page.url


def test_a_fix_of_a_rule_begins_at_the_field_that_is_too_narrow(
    world: World,
    root: Browser,
    live_server: object,
    browser_page: Page,  # noqa: F811
) -> None:
    at = f"/admin/policies/rule/{world.rule.pk}/change/#id_scopes__include"
    open_as(browser_page, root, live_server, at)
    browser_page.wait_for_function("document.activeElement.name === 'scopes__include'")
    assert browser_page.locator(".form-row:has(:target)").is_visible()


def test_without_a_script_it_can_be_tried_all_the_same(
    world: World, root: Browser, live_server: object, plain_page: Page
) -> None:
    open_as(plain_page, root, live_server, f"{SERVER}/try/")
    ask(plain_page)
    assert plain_page.get_by_text("Granted orders:read by rule Read").is_visible()


def test_a_rule_is_dragged_before_another(
    world: World,
    root: Browser,
    live_server: object,
    browser_page: Page,  # noqa: F811
) -> None:
    second = make_rule(world.policy, name="Night shift")
    open_as(browser_page, root, live_server, f"{SERVER}/policies/")
    handle = browser_page.locator(f"#rule-{second.pk} .drag-handle")
    top = {"x": 60, "y": 4}
    with browser_page.expect_navigation():
        handle.drag_to(browser_page.locator(f"#rule-{world.rule.pk}"), target_position=top)  # type: ignore[arg-type]
    assert order(world) == ["Night shift", "Read"]


def test_without_a_script_a_rule_gets_its_place_by_number(
    world: World, root: Browser, live_server: object, plain_page: Page
) -> None:
    second = make_rule(world.policy, name="Night shift")
    open_as(plain_page, root, live_server, f"{SERVER}/policies/")
    row = plain_page.locator(f"#rule-{second.pk}")
    row.locator("summary").click()
    row.get_by_label("Place of Night shift").fill("1")
    row.get_by_role("button", name="Move Night shift").click()
    plain_page.wait_for_load_state()
    assert order(world) == ["Night shift", "Read"]
