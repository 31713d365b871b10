"""Row 287 beside pages: what is offered while typing, messages, files; and in a real browser."""

import csv
import io
import json
import re

import pytest
from django.test import Client as Browser
from playwright.sync_api import Page

from apps.clients.models import Client
from tests.admin.crawler import pages
from tests.admin.test_markup import EVIL
from tests.admin.test_pages import INLINE
from tests.admin.test_try_browser import open_as
from tests.browser.conftest import browser, browser_page  # noqa: F401 - fixtures
from tests.factories import make_client, make_group, make_policy, make_rule, make_server, make_user

pytestmark = [pytest.mark.once, pytest.mark.django_db]
SCRIPTS = re.compile(r"script-src ([^;]*)")


def make_evil() -> Client:
    server, group = make_server("evil", name=EVIL), make_group(name=EVIL)
    client = make_client("web", name=EVIL)
    make_user(first_name=EVIL, last_name=EVIL)
    policy = make_policy(server, name=EVIL, clients=[client.pk])
    make_rule(policy, name=EVIL, groups=[group.pk])
    return client


def test_row_287_no_page_has_code_of_its_own_and_the_policy_allows_files_alone(
    root: Browser,
) -> None:
    make_evil()
    found = dict(pages(root))
    assert {url: INLINE.findall(body) for url, body in found.items() if INLINE.search(body)} == {}
    for url in ("/admin/", "/admin/clients/client/", "/admin/systemlog/logevent/", "/admin/x/"):
        answer = root.get(url)
        allowed = SCRIPTS.search(answer.headers["Content-Security-Policy"])
        assert allowed is not None and allowed[1].strip() == "'self'", url
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_row_287_what_is_offered_while_typing_is_data_and_no_page(root: Browser) -> None:
    make_evil()
    place = "app_label=directory&model_name=groupmembership&field_name=group&term=%3Cimg"
    for url in (f"/admin/autocomplete/?{place}", "/admin/typed/group/?q=%3Cimg"):
        answer = root.get(url)
        assert EVIL in json.dumps(answer.json()).replace('\\"', '"'), url
        assert answer.headers["Content-Type"].startswith("application/json")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("verb", ["deactivate", "delete"])
def test_row_287_messages_and_questions_show_markup(verb: str, root: Browser) -> None:
    client = make_evil()
    url = f"/admin/clients/client/{client.pk}/{verb}/"
    asked = root.get(url).content.decode()
    done = root.post(url, {"confirmed": "1", "post": "yes"}, follow=True).content.decode()
    for body in (asked, done):
        assert "&lt;img src=x" in body and "<img src=x" not in body


def test_row_287_a_file_is_saved_and_holds_the_text(root: Browser) -> None:
    make_evil()
    answer = root.get("/admin/clients/client/csv/")
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    rows = list(csv.reader(io.StringIO(text)))
    assert any(EVIL in row for row in rows)
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.django_db(transaction=True)
def test_row_287_a_browser_shows_markup_that_it_offers_and_runs_none(
    root: Browser,
    live_server: object,
    browser_page: Page,  # noqa: F811
) -> None:
    client = make_evil()
    open_as(browser_page, root, live_server, f"/admin/clients/client/{client.pk}/assignments/")
    browser_page.locator(".select2-selection").last.click()
    browser_page.keyboard.type("<img")
    offered = browser_page.locator(".select2-results__option", has_text="onerror")
    offered.first.wait_for()
    assert "<img src=x onerror" in offered.first.inner_text()
    offered.first.click()
    assert browser_page.locator("img[src=x]").count() == 0
