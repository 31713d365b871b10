"""A filtered list under a name of one's own, on every list; by its address alone, without a
script."""

import re

import pytest
from django.contrib import admin
from django.test import Client as Browser

from apps.directory.models import User
from apps.systemlog.admin.listing import Listed
from apps.systemlog.models import SavedFilter
from apps.systemlog.services.saved_filters import MOST
from authzsite.domain.tokens import Kind, mint
from tests.admin.conftest import World, signed_in
from tests.factories import make_user
from tests.logbook import mark

CLIENTS = "/admin/clients/client/"
SHOWN_ELSEWHERE = {
    *("policies/policy", "policies/rule", "servers/claim", "servers/scope"),
    "servers/installation",
}
LISTS = sorted(
    {
        f"{model._meta.app_label}/{model._meta.model_name}"
        for model, table in admin.site._registry.items()
        if isinstance(table, Listed)
    }
    - SHOWN_ELSEWHERE
)


def save(browser: Browser, query: str, name: str = "Mine", place: str = CLIENTS) -> None:
    answer = browser.post(f"{place}saved/", {"query": query, "name": name})
    assert answer.status_code == 302


def names(user: User) -> list[str]:
    return list(SavedFilter.objects.filter(user=user).values_list("name", flat=True))


def test_a_filtered_list_is_named_found_renamed_and_deleted(
    world: World, superuser: User, root: Browser
) -> None:
    here = f"{CLIENTS}?type__exact=service&q=ware&after=x"
    page = root.get(here.removesuffix("&after=x")).content.decode()
    query = re.search(r'name="query" value="([^"]*)"', page)
    assert query is not None
    save(root, query[1].replace("&amp;", "&"), "Services <b>")
    row = SavedFilter.objects.get()
    assert (row.user, row.place, row.query) == (
        superuser,
        "clients.client",
        "q=ware&type__exact=service",
    )
    page = root.get(CLIENTS).content.decode()
    assert '<a href="?q=ware&amp;type__exact=service">Services &lt;b&gt;</a>' in page
    found = root.get(f"{CLIENTS}?{row.query}").content.decode()
    assert "Warehouse" in found and 'aria-current="true">Services' in found
    root.post(f"{CLIENTS}saved/", {"rename": row.pk, "name": "Services"})
    assert names(superuser) == ["Services"]
    root.post(f"{CLIENTS}saved/", {"delete": row.pk})
    assert names(superuser) == []


@pytest.mark.parametrize("place", LISTS)
def test_every_list_has_them(place: str, world: World, superuser: User, root: Browser) -> None:
    save(root, "o=1&q=x", "Mine", f"/admin/{place}/")
    assert "?o=1&amp;q=x" in root.get(f"/admin/{place}/").content.decode()


@pytest.mark.parametrize(
    "value",
    [mint(Kind.ACCESS), "a" + mint(Kind.SECRET), "Ab1" * 12],
    ids=["token", "secret within", "random word"],
)
def test_row_295_nothing_that_looks_like_a_token_is_kept(
    value: str, world: World, superuser: User, root: Browser
) -> None:
    for data in ({"query": f"q=%3D{value}", "name": "a"}, {"query": "q=a", "name": value}):
        answer = root.post(f"{CLIENTS}saved/", data)
        assert value not in answer.headers["Location"]
        assert b"looks like a token" in root.get(CLIENTS).content
    assert names(superuser) == []


def test_row_295_look_ups_that_the_list_does_not_offer_are_left_out(
    world: World, superuser: User, root: Browser
) -> None:
    save(root, "password__startswith=a&status__exact=ACTIVE&_popup=1&p=3&before=x")
    assert SavedFilter.objects.get().query == "status__exact=ACTIVE"
    save(root, "password__startswith=a", "Other")
    assert names(superuser) == ["Mine"]


def test_row_289_of_another_nothing_is_seen_or_changed(
    world: World, superuser: User, root: Browser, auditor: Browser
) -> None:
    save(root, "q=a", "Of root")
    row = SavedFilter.objects.get()
    assert b"Of root" not in auditor.get(CLIENTS).content
    for verb in ("rename", "delete"):
        assert auditor.post(f"{CLIENTS}saved/", {verb: row.pk, "name": "x"}).status_code == 404
    assert root.post("/admin/directory/user/saved/", {"delete": row.pk}).status_code == 404
    assert names(superuser) == ["Of root"]


def test_who_may_only_look_has_own_ones_and_who_may_not_has_none(
    world: World, auditor: Browser, db: None
) -> None:
    before = mark()
    save(auditor, "q=a")
    assert SavedFilter.objects.count() == 1
    assert mark() == before
    stranger = signed_in(make_user())
    stranger.post(f"{CLIENTS}saved/", {"query": "q=a", "name": "x"})
    assert SavedFilter.objects.count() == 1
    assert auditor.get(f"{CLIENTS}saved/").status_code == 405


def test_a_name_is_taken_once_and_their_number_is_bounded(
    world: World, superuser: User, root: Browser
) -> None:
    save(root, "q=a")
    save(root, "q=b")
    assert b"is in use for another filter" in root.get(CLIENTS).content
    for number in range(MOST + 1):
        save(root, "q=a", f"n{number}")
    assert len(names(superuser)) == MOST
    assert b"has no room" in root.get(CLIENTS).content
