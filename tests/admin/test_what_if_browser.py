"""Drafts, tests, hooks and login policies in a real browser: without a complaint, a run's bar moves
by itself, and everything can be done without a script."""

import pytest
from django.conf import settings
from django.test import Client as Browser
from playwright.sync_api import Page, expect

from apps.oauth.tasks import replay_drafts
from apps.policies.models import PolicyTest
from apps.policies.services.inline_hooks import create_inline_hook
from tests.admin.conftest import World, ask_for_token
from tests.admin.test_policy_tests import stored
from tests.admin.test_what_if import draft, rule_fields
from tests.browser.conftest import browser, browser_page  # noqa: F401 - fixtures
from tests.factories import TESTER

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
SERVER = "/admin/servers/authorizationserver/orders"


def signed_in_at(page: Page, root: Browser, base: str) -> None:
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": root.cookies[name].value, "url": base}])


def test_every_page_obeys_the_policy_and_has_no_error(
    world: World,
    root: Browser,
    live_server: object,
    browser_page: Page,  # noqa: F811
) -> None:
    base = str(live_server)
    signed_in_at(browser_page, root, base)
    test, (_run, url) = stored(world), draft(root)
    hook = create_inline_hook(actor=TESTER, name="H", url="https://h.example.com/")
    root.post(f"{url}policy/0/rule/0/", rule_fields())
    for place in (
        *(f"{SERVER}/tests/", f"{SERVER}/tests/{test.pk}/", f"{SERVER}/whatif/", url),
        *(f"{url}policy/0/", f"{url}policy/new/", f"{url}policy/0/rule/0/"),
        *(f"/admin/policies/inlinehook/{hook.pk}/change/", "/admin/policies/inlinehook/add/"),
        *("/admin/policies/inlinehook/", "/admin/clients/loginpolicy/"),
        "/admin/clients/loginpolicy/add/",
    ):
        response = browser_page.goto(f"{base}{place}")
        assert response is not None and (place, response.status) == (place, 200)


def test_the_bar_of_a_run_moves_without_a_reload(
    world: World,
    root: Browser,
    live_server: object,
    browser_page: Page,  # noqa: F811
) -> None:
    base = str(live_server)
    signed_in_at(browser_page, root, base)
    ask_for_token(world, "orders:read")
    _run, url = draft(root)
    root.post(url, {"verb": "remove", "policy": "0", "rule": "0"})
    root.post(url, {"verb": "start", "days": "3"})
    browser_page.goto(f"{base}{url}")
    live = browser_page.locator("#live")
    expect(live).to_have_attribute("data-status", "Waiting")
    browser_page.evaluate("window.here = true")
    replay_drafts()
    expect(live).to_have_attribute("data-status", "Done", timeout=15_000)
    expect(live.get_by_text("denied from now on").first).to_be_visible()
    assert browser_page.evaluate("window.here")


def test_a_test_is_written_and_a_draft_saved_without_a_script(
    world: World,
    root: Browser,
    live_server: object,
    browser: object,  # noqa: F811
) -> None:
    base = str(live_server)
    page: Page = browser.new_context(java_script_enabled=False).new_page()  # type: ignore[attr-defined]
    signed_in_at(page, root, base)
    page.goto(f"{base}{SERVER}/tests/")
    page.get_by_label("Client:").fill("Warehouse")
    page.get_by_label("Grant type:").select_option("client_credentials")
    page.get_by_label("Scopes:").fill("orders:read")
    page.get_by_role("button", name="Add test").click()
    expect(page.get_by_text("1 test passes.")).to_be_visible()
    assert PolicyTest.objects.get().name == "Warehouse, orders:read"
    page.goto(f"{base}{SERVER}/whatif/")
    page.get_by_role("button", name="Draft a change").click()
    page.get_by_role("link", name="Add rule").click()
    page.get_by_label("Name:").fill("Fresh")
    page.get_by_role("button", name="Into the draft").click()
    page.get_by_role("button", name="Save this").click()
    expect(page.get_by_text("The draft is in force.")).to_be_visible()
    assert world.policy.rules.filter(name="Fresh").exists()
