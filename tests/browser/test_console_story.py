"""From the first start of an empty installation to a token that is dead: the console's whole story
in a real browser, once with everything and once without a script."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.story import chapters, flow, people
from tests.browser.story.console import Console
from tests.browser.test_code_flow import application  # noqa: F401 - fixture
from tests.installation import Installation

pytestmark = pytest.mark.once


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """The first start, in an empty folder."""
    started = Installation(tmp_path / "data", DEMO="0")
    try:
        started.wait_until_ready()
        yield started
    finally:
        started.end()


def tell(console: Console, uri: str) -> None:
    """From the first server to what was put back."""
    chapters.make_server(console)
    chapters.make_rule(console)
    chapters.make_client(console, uri)
    chapters.try_it(console)
    with flow.person(console, uri) as shopping:
        token = shopping.token()
    assert flow.is_alive(console, token)
    chapters.find_event(console)
    chapters.write_test(console)
    draft = chapters.draft_narrower(console)
    chapters.is_blocked(console, draft)
    assert flow.is_alive(console, token)
    chapters.drop_test(console)
    chapters.save_draft(console, draft)
    assert not flow.is_alive(console, token)
    chapters.put_back(console)
    assert not flow.is_alive(console, token)


def start(installation: Installation, page: Page, *, has_script: bool) -> Console:
    """The first sign-in, with the password that was printed."""
    console = Console(page, installation.url, has_script=has_script)
    console.page.goto(f"{installation.url}/")
    people.sign_in(console, "admin", installation.printed(r"password (\S+) \(shown"))
    console.is_titled("Dashboard")
    return console


def test_the_whole_story(
    browser: Browser,
    installation: Installation,
    application: str,  # noqa: F811
) -> None:
    console = start(installation, browser.new_context().new_page(), has_script=True)
    people.enrol(console, installation.printed(r"password (\S+) \(shown"))
    tell(console, application)
    console.page.context.close()
    assert console.problems == []


def test_the_whole_story_without_a_script(
    browser: Browser,
    installation: Installation,
    application: str,  # noqa: F811
) -> None:
    context = browser.new_context(java_script_enabled=False)
    console = start(installation, context.new_page(), has_script=False)
    tell(console, application)
    context.close()
    assert console.problems == []
