"""The Jobs page in a real browser: it follows what happens, without a reload and without a breach
of the Content-Security-Policy, in light and dark, and reads the same without a script."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db.models import QuerySet
from django.test import Client as Console
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from apps.systemlog.models import LogEvent, PeriodicJob, RevocationJob
from tests.admin.jobs_scene import seed
from tests.browser.conftest import browser  # noqa: F401 - fixture

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
SOON, RARELY = 2_000, 15_000
SCHEMES = ("light", "dark")


@pytest.fixture(params=SCHEMES)
def page(
    request: pytest.FixtureRequest,
    browser: Browser,  # noqa: F811
    live_server: object,
    root: Console,
) -> Iterator[Page]:
    """Signed in, with a clock that the test moves; fails for whatever the browser complains of."""
    context = browser.new_context(base_url=str(live_server), color_scheme=request.param)
    name = settings.SESSION_COOKIE_NAME
    cookie = {"name": name, "value": root.cookies[name].value, "url": str(live_server)}
    context.add_cookies([cookie])  # type: ignore[list-item]
    page = context.new_page()
    page.clock.install(time=0)
    page.clock.pause_at(1)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
    yield page
    context.close()
    assert problems == []


def job(ident: str) -> QuerySet[RevocationJob]:
    """One row of the outbox, to be moved as a worker would."""
    return RevocationJob.objects.filter(pk=ident)


def test_the_bar_of_a_running_cascade_moves_without_a_reload(page: Page) -> None:
    ident = seed()["running"]
    page.goto("/admin/jobs/")
    bar, row = page.locator(f"#{ident} progress"), page.locator(f"#{ident}")
    expect(bar).to_have_attribute("value", "641")
    page.evaluate("window.isSamePage = true")
    bar.evaluate("bar => { bar.isSameBar = true }")

    fields = {"progress": 903, "rows_seen": 451_500, "rows_done": 450_000}
    job(ident).update(updated=timezone.now(), **fields)
    page.clock.run_for(SOON)

    expect(bar).to_have_attribute("value", "903")
    expect(row).to_contain_text("450,000")
    assert page.evaluate("window.isSamePage")
    assert bar.evaluate("bar => bar.isSameBar"), "the bar itself stays, so that it can glide"

    now = timezone.now()
    job(ident).update(state="DONE", finished=now, updated=now, progress=1000)
    page.clock.run_for(SOON)

    expect(page.locator(f"#finished #{ident}")).to_contain_text("Done")
    expect(page.locator(f"#open #{ident}")).to_have_count(0)
    assert page.evaluate("window.isSamePage")


def test_what_is_focused_stays_focused_and_only_news_is_read_aloud(page: Page) -> None:
    ids = seed()
    page.goto("/admin/jobs/")
    status, button = page.locator("#live-status"), page.locator(f"#run-{ids['stuck']}")
    expect(status).to_have_attribute("aria-live", "polite")
    said = status.inner_text()
    status.evaluate(
        "s => new MutationObserver(() => { s.news = true }).observe(s, {childList: true})"
    )
    button.focus()

    job(ids["running"]).update(progress=700, updated=timezone.now())
    page.clock.run_for(SOON)
    expect(page.locator(f"#{ids['running']} progress")).to_have_attribute("value", "700")
    assert not status.evaluate("s => Boolean(s.news)")
    job(ids["stuck"]).update(updated=timezone.now())
    page.clock.run_for(SOON)

    expect(status).not_to_have_text(said)
    expect(button).to_have_count(0)
    expect(page.locator(f"#{ids['stuck']}")).to_contain_text("Running")


def test_nobody_is_asked_while_the_tab_is_hidden(page: Page) -> None:
    ident = seed()["running"]
    page.goto("/admin/jobs/")
    asked = asking(page)
    bar = page.locator(f"#{ident} progress")

    show(page, is_hidden=True)
    job(ident).update(progress=800, updated=timezone.now())
    page.clock.run_for(10 * RARELY)
    assert asked == []

    show(page, is_hidden=False)
    expect(bar).to_have_attribute("value", "800")
    assert len(asked) == 1


def test_when_nothing_moves_the_page_asks_rarely(page: Page) -> None:
    page.goto("/admin/jobs/")
    expect(page.locator("#live")).to_have_attribute("data-busy", "0")
    asked = asking(page)
    page.clock.run_for(RARELY - 1)
    assert asked == []
    ident = seed()["running"]
    page.clock.run_for(1)
    expect(page.locator(f"#open #{ident}")).to_be_visible()
    assert len(asked) == 1


def test_who_has_signed_out_keeps_the_page_and_asks_no_more(page: Page, root: Console) -> None:
    seed()
    page.goto("/admin/jobs/")
    page.context.clear_cookies()
    asked = asking(page)
    with page.expect_response("**/jobs/live/"):
        page.clock.run_for(SOON)
    page.evaluate("fetch('/health/live')")  # later than the script's own answer
    page.clock.run_for(10 * RARELY)
    assert len(asked) == 1
    expect(page.locator("#open")).to_be_visible()


def test_run_now_works_by_its_button(page: Page) -> None:
    seed()
    page.goto("/admin/jobs/")
    page.locator("#run-maintain-keys").click()
    expect(page.locator(".messagelist")).to_contain_text("takes it up")
    assert PeriodicJob.objects.get(name="maintain-keys").is_wanted
    assert LogEvent.objects.filter(event_type="system.job.request").count() == 1


def test_without_a_script_the_page_shows_the_present_state(
    browser: Browser,  # noqa: F811
    live_server: object,
    root: Console,
) -> None:
    ids = seed()
    context = browser.new_context(base_url=str(live_server), java_script_enabled=False)
    name = settings.SESSION_COOKIE_NAME
    cookie = {"name": name, "value": root.cookies[name].value, "url": str(live_server)}
    context.add_cookies([cookie])  # type: ignore[list-item]
    page = context.new_page()
    page.goto("/admin/jobs/")
    expect(page.locator(f"#{ids['stuck']}")).to_contain_text("Stuck")
    page.locator(f"#run-{ids['stuck']}").click()
    expect(page.locator(".messagelist")).to_contain_text("takes it up")
    context.close()


def asking(page: Page) -> list[str]:
    """From now on, the requests for the part that changes."""
    asked: list[str] = []
    place = "/admin/jobs/live/"
    page.on("request", lambda r: asked.append(r.url) if urlsplit(r.url).path == place else None)
    return asked


def show(page: Page, *, is_hidden: bool) -> None:
    """As if the person turned to another tab, or back."""
    word = "true" if is_hidden else "false"
    page.evaluate(
        f"Object.defineProperty(document, 'hidden', {{value: {word}, configurable: true}});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
