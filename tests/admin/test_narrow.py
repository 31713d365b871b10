"""On a telephone: a wide table scrolls by itself, with the keyboard too, and never the page."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client as Browser
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page

from apps.policies.services.inline_hooks import create_inline_hook
from tests.admin.conftest import World, ask_for_token, denial
from tests.admin.test_policy_tests import stored
from tests.browser.conftest import browser  # noqa: F401 - fixture
from tests.factories import TESTER, make_claim, make_client, make_rule, make_scope, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
LONG = "a_name_that_nobody_could_break_" * 3
SERVER = "servers/authorizationserver/orders/"
PLACES = (
    *("", "servers/authorizationserver/", "clients/client/", "directory/user/", "tokens/grant/"),
    *("directory/group/", "tokens/accesstoken/", "tokens/consent/", "systemlog/logevent/"),
    *("tokens/doctor/", "tokens/grant/revoke/?server=orders", "jobs/", "reviews/"),
    *("servers/installation/", "clients/tokenpolicy/", "policies/inlinehook/"),
    *(f"{SERVER}{tab}/" for tab in ("change", "scopes", "claims", "policies", "keys", "clients")),
    *(f"{SERVER}{tab}/" for tab in ("try", "tests", "tokens", "history", "whatif")),
    f"{SERVER}try/?client=Shop&grant_type=authorization_code&user=ada@example.com&scope=openid",
)
TOO_WIDE = """() => document.scrollingElement.scrollWidth <= innerWidth ? [] : [
  document.scrollingElement.scrollWidth,
  ...[...document.querySelectorAll("main *")]
    .filter((one) => one.getBoundingClientRect().right > innerWidth
      && !one.closest(".table-scroll, .results, .tabs, pre"))
    .slice(0, 5).map((one) => one.outerHTML.slice(0, 120)),
]"""
OUT_OF_REACH = """() => [...document.querySelectorAll("main *")]
  .filter((one) => one.scrollWidth > one.clientWidth + 1
    && ["auto", "scroll"].includes(getComputedStyle(one).overflowX))
  .filter((one) => one.tabIndex < 0 && !one.querySelector("a[href], button, input, select"))
  .map((one) => one.outerHTML.slice(0, 120))"""


@pytest.fixture
def telephone(browser: Chromium, root: Browser, live_server: object) -> Iterator[Page]:  # noqa: F811
    """390 pixels, signed in."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, base_url=str(live_server))
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies(
        [{"name": name, "value": root.cookies[name].value, "url": str(live_server)}]
    )
    yield context.new_page()
    context.close()


def furnish(world: World) -> list[str]:
    """Names that are longer than a telephone is wide; pages of single things."""
    make_client("web", name=LONG)
    make_user(login=f"{LONG[:80]}@example.com")
    make_scope(world.server, LONG, description=LONG)
    make_claim(world.server, LONG[:60], f"'{LONG}'")
    make_rule(world.policy, name=LONG[:50], groups=[world.group.pk], scopes=[LONG])
    create_inline_hook(actor=TESTER, name="H", url=f"https://h.example.com/{LONG}")
    stored(world)
    ask_for_token(world, "orders:read")
    return [
        f"systemlog/logevent/{denial(world).pk}/change/",
        f"policies/rule/{world.rule.pk}/change/",
        f"clients/client/{world.web.pk}/change/",
        f"history/PolicyRule/{world.rule.pk}/",
    ]


def test_no_page_scrolls_sideways_and_every_table_that_does_is_reached(
    world: World, telephone: Page
) -> None:
    wrong: dict[str, list[object]] = {}
    for place in (*PLACES, *furnish(world)):
        response = telephone.goto(f"/admin/{place}")
        assert response is not None and response.status == 200, place
        if found := [*telephone.evaluate(TOO_WIDE), *telephone.evaluate(OUT_OF_REACH)]:
            wrong[place] = found
    assert wrong == {}
