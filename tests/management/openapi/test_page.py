"""The console's page of the API: every operation is there, and nothing that its policy forbids."""

import pytest
from django.test import Client as Browser
from django.utils.html import escape

from apps.management.description.document import groups
from tests.factories import make_superuser, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def root() -> Browser:
    """An administrator's browser."""
    browser = Browser()
    browser.force_login(make_superuser())
    return browser


def test_every_call_is_listed_and_told_whole_on_its_groups_page(root: Browser) -> None:
    index = root.get("/admin/api/").content.decode()
    for tag, calls in groups().items():
        page = root.get(f"/admin/api/{tag}/").content.decode()
        for one in calls:
            assert f"/admin/api/{tag}/#{one.id}" in index
            assert f'id="{one.id}"' in page and escape(one.summary) in index
            assert all(member.name in page for member in (*one.parameters, *one.body))
    assert root.get("/admin/api/nothing/").status_code == 404


def test_its_pages_have_no_inline_script_or_style(root: Browser) -> None:
    for path in ("/admin/api/", "/admin/api/apps/"):
        response = root.get(path)
        page = response.content.decode()
        assert "style=" not in page and "<style" not in page and "onclick" not in page
        assert page.count("<script") == page.count("<script src=")
        assert "script-src 'self'; " in response["Content-Security-Policy"]


def test_it_is_for_people_of_the_console_and_in_their_menu(root: Browser) -> None:
    assert '<a href="/admin/api/"' in root.get("/admin/").content.decode()
    other = Browser()
    other.force_login(make_user())
    assert other.get("/admin/api/").status_code in {302, 403}
    assert Browser().get("/admin/api/").status_code == 302
