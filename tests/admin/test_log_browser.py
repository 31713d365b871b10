"""The log in a real browser: new events appear at the top without a reload, until somebody pauses
it; nothing moves for those who want none; and it reads the same without a script."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client as Console
from playwright.sync_api import Browser, Page, expect

from apps.systemlog.models import LogEvent
from tests.browser.conftest import browser  # noqa: F401 - fixture
from tests.factories import make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
AT = "/admin/systemlog/logevent/"
SOON = 3_000


def opened(browser: Browser, base: str, root: Console, **options: object) -> Page:  # noqa: F811
    """A signed-in page with a clock that the test moves."""
    context = browser.new_context(base_url=base, **options)  # type: ignore[arg-type]
    name = settings.SESSION_COOKIE_NAME
    cookie = {"name": name, "value": root.cookies[name].value, "url": base}
    context.add_cookies([cookie])  # type: ignore[list-item]
    return context.new_page()


@pytest.fixture
def page(browser: Browser, live_server: object, root: Console) -> Iterator[Page]:  # noqa: F811
    """Fails for whatever the browser complains of."""
    page = opened(browser, str(live_server), root, reduced_motion="reduce")
    page.clock.install(time=0)
    page.clock.pause_at(1)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
    yield page
    page.context.close()
    assert problems == []


def rows(page: Page) -> list[str]:
    """The events that the list shows, by id."""
    ids: list[str] = page.eval_on_selector_all(
        "#result_list [data-event]", "all => all.map(one => one.dataset.event)"
    )
    return ids


def newest() -> str:
    return str(LogEvent.objects.latest("pk").pk)


def test_new_events_appear_at_the_top_once_and_without_a_reload(page: Page) -> None:
    page.goto(AT)
    page.evaluate("window.isSamePage = true")
    before = rows(page)
    for _ in range(2):
        user = make_user()
        with page.expect_response(lambda answer: "/live/" in answer.url):
            page.clock.run_for(SOON)
        expect(page.get_by_text(f"created the user {user.display_name}")).to_have_count(1)
    with page.expect_response(lambda answer: "/live/" in answer.url):
        page.clock.run_for(SOON)
    now = rows(page)
    assert now[0] == newest() and now[-len(before) :] == before
    assert now == sorted(set(now), key=int, reverse=True)
    assert page.evaluate("window.isSamePage")
    moves = "one => getComputedStyle(one).animationName"
    assert page.locator("tr.is-new td").first.evaluate(moves) == "none"


def test_a_pause_holds_until_somebody_goes_on(page: Page) -> None:
    page.goto(AT)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused", exact=True)).to_be_visible()
    before = rows(page)
    make_user()
    page.clock.run_for(5 * SOON)
    assert rows(page) == before
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(f'[data-event="{newest()}"]')).to_have_count(1)
    expect(page.get_by_text("Live", exact=True)).to_be_visible()


def test_without_a_script_a_link_leads_to_the_newest(
    browser: Browser,  # noqa: F811
    live_server: object,
    root: Console,
) -> None:
    page = opened(browser, str(live_server), root, java_script_enabled=False)
    page.goto(f"{AT}?what=people")
    make_user()
    assert newest() not in rows_without_script(page)
    page.get_by_role("link", name="Newer").click()
    assert newest() in rows_without_script(page)
    expect(page.get_by_role("button", name="Pause")).to_be_hidden()
    page.get_by_text("Whose, and when").click()
    expect(page.get_by_label("User")).to_be_visible()
    page.context.close()


def rows_without_script(page: Page) -> str:
    return page.content()
