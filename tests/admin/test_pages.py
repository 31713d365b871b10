"""Every page answers, for those who may change and for those who may look, without inline code."""

import re

import pytest
from django.test import Client as Browser

from tests.admin.conftest import World, denial
from tests.admin.crawler import pages
from tests.factories import make_user

INLINE = re.compile(r"<script(?![^>]*\bsrc=)|\son\w+=\"|\sstyle=\"|javascript:")
COLUMN = re.compile(r"<(?:label|th|dt)\b[^>]*>[^<]*\b(?:[Uu]ris?|[Jj]wks|[Pp]kce|Tos|Ids?|Url)\b")
"""A label that was made of a column's name."""
FEW = 60
TYPES = ("root", pytest.param("auditor", marks=pytest.mark.once))  # the same statements, or fewer


@pytest.mark.parametrize("who", TYPES)
def test_every_page_renders_without_inline_script_or_style_and_names_fields_in_words(
    world: World, who: str, request: pytest.FixtureRequest
) -> None:
    denial(world)
    found = dict(pages(request.getfixturevalue(who)))
    assert len(found) > FEW
    assert {url: INLINE.findall(body) for url, body in found.items() if INLINE.search(body)} == {}
    assert {url: COLUMN.findall(body) for url, body in found.items() if COLUMN.search(body)} == {}


def test_the_menu_leads_to_working_pages(world: World, root: Browser) -> None:
    body = root.get("/admin/").content.decode()
    menu = re.findall(r'<a href="(/admin/[^"]*)"[^>]*><svg', body)
    assert len(menu) == 10
    assert [root.get(url).status_code for url in menu] == [200] * 10


def test_people_without_the_console_are_kept_out(world: World) -> None:
    browser = Browser()
    browser.force_login(make_user())
    for url in ("/admin/", f"/admin/servers/authorizationserver/{world.server.pk}/policies/"):
        assert browser.get(url).status_code in (302, 403)


def test_policies_read_like_sentences_with_names(world: World, root: Browser) -> None:
    body = root.get("/admin/servers/authorizationserver/orders/policies/").content.decode()
    assert "Engineering" in body
    assert "orders:read" in body
    assert f"/admin/clients/client/{world.web.pk}/change/" in body
