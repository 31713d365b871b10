"""Lists page by key: every row once, both ways; nothing is looked up that they do not offer."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from apps.directory.models import Group, User
from apps.systemlog.admin import paging
from apps.systemlog.admin.service import ConsoleAdmin
from apps.tokens.models import AccessToken, Grant
from tests.admin.conftest import World
from tests.factories import make_client, make_user
from tests.logbook import events, mark

PAGE = ConsoleAdmin.list_per_page


def add_grants(count: int, *, revoked_every: int = 0, **fields: Any) -> list[str]:
    """Rows alone, the newest first; their ids."""
    now = timezone.now()
    given = {"server_id": "s", "client_id": "c", "user_id": "u", "vector": "[]", **fields}
    rows = [
        Grant(
            **given,
            auth_time=now,
            created=now,
            sweep_after=now - timedelta(seconds=n // 2),  # two by two at the same moment
            revoked_at=now if revoked_every and n % revoked_every == 0 else None,
        )
        for n in range(count)
    ]
    return [row.pk for row in Grant.objects.bulk_create(rows)]


def add_tokens(count: int) -> None:
    """Opaque tokens, all of one moment."""
    at = timezone.now()
    given = {"server_id": "s", "client_id": "c", "claims": "{}", "vector": "[]"}
    AccessToken.objects.bulk_create(
        AccessToken(digest=f"{n * 7919:064x}"[::-1], issued_at=at, expires_at=at, **given)
        for n in range(count)
    )


def walk(browser: Browser, url: str) -> list[list[Any]]:
    """The keys of each page, by the links to the next one; back again they must be the same."""
    found, at = [], url
    while True:
        listed = browser.get(at).context["cl"]
        found.append([row.pk for row in listed.result_list])
        if not listed.older:
            break
        at = f"{url.partition('?')[0]}{listed.older}"
    back = [found[-1]]
    while listed.newer:
        listed = browser.get(f"{url.partition('?')[0]}{listed.newer}").context["cl"]
        back.append([row.pk for row in listed.result_list])
    assert [pk for page in reversed(back) for pk in page] == [pk for page in found for pk in page]
    return found


@pytest.mark.parametrize("query", ["", "?client_id=c", "?q=c"], ids=["all", "by link", "searched"])
def test_pages_of_grants_hold_every_row_once(query: str, superuser: User, root: Browser) -> None:
    ids = add_grants(2 * PAGE + 10)

    found = walk(root, f"/admin/tokens/grant/{'' if query == '?q=c' else query}")

    assert [len(page) for page in found] == [PAGE, PAGE, 10]
    assert sorted(pk for page in found for pk in page) == sorted(ids)


def test_pages_of_one_moment_hold_every_token_once_and_no_address_a_digest(root: Browser) -> None:
    add_tokens(2 * PAGE + 1)

    found = walk(root, "/admin/tokens/accesstoken/")

    assert len({pk for page in found for pk in page}) == 2 * PAGE + 1
    listed = root.get("/admin/tokens/accesstoken/").context["cl"]
    key = paging.read_place(listed.keys, listed.older.partition("=")[2])
    assert len(key[-1]) == paging.DIGEST_SHOWN


def test_an_owner_of_many_is_listed_by_id(root: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.tokens.admin.lists.SMALL", 10)
    ids = add_grants(PAGE + 10)

    found = walk(root, "/admin/tokens/grant/?client_id=c")

    assert [pk for page in found for pk in page] == sorted(ids)


def test_what_no_index_serves_is_looked_for_in_the_next_rows_and_the_page_says_so(
    root: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "WINDOW", 20)
    add_grants(65, revoked_every=30)

    answer = root.get("/admin/tokens/grant/?revoked=yes")
    found = walk(root, "/admin/tokens/grant/?revoked=yes")

    assert "Look further" in answer.content.decode()
    assert [len(page) for page in found] == [1, 1, 0, 1] or sum(map(len, found)) == 3


def test_a_sorted_list_is_paged_in_its_order(superuser: User, root: Browser) -> None:
    User.objects.bulk_create(
        User(login=f"u{n:03}@example.com", email=f"{n % 7}@example.com") for n in range(PAGE + 5)
    )

    found = walk(root, "/admin/directory/user/?o=-3")

    emails = list(User.objects.order_by("-email", "login").values_list("pk", flat=True))
    assert [pk for page in found for pk in page] == emails


@pytest.mark.parametrize("order", ["2", "5", "-9", "x"])
def test_a_column_without_an_index_is_no_order(order: str, root: Browser) -> None:
    listed = root.get(f"/admin/clients/client/?o={order}.4").context["cl"]
    assert {key.name for key in listed.keys} <= {"name", "client_id", "last_updated", "id"}


@pytest.mark.parametrize("place", ["x", "W10", "WzFd", "bnVsbA", "%00"])
def test_a_place_that_was_made_up_leads_to_the_first_page(place: str, root: Browser) -> None:
    add_grants(1)
    assert root.get(f"/admin/tokens/grant/?after={place}").headers["Location"].endswith("?e=1")


@pytest.mark.parametrize(
    ("term", "logins"),
    [
        ("ada@", ["ada@example.com"]),
        ("^ADA@", ["ada@example.com"]),
        ("da@", []),
        ("=ada@example.com", ["ada@example.com"]),
        ("=ada", []),
        ("Grace Ho", ["grace@example.com"]),
        ("Ho", ["grace@example.com"]),
        ("=", []),
    ],
)
def test_people_are_found_by_beginnings_or_wholly(
    term: str, logins: list[str], superuser: User, root: Browser
) -> None:
    make_user(login="ada@example.com", first_name="A", last_name="L", email="a@example.com")
    make_user(login="grace@example.com", first_name="Grace", last_name="Hopper")
    listed = root.get("/admin/directory/user/", {"q": term}).context["cl"]
    assert [row.login for row in listed.result_list] == logins


def test_a_name_of_two_words_is_found_by_its_beginning(root: Browser) -> None:
    make_client(name="Crowd 4242")
    listed = root.get("/admin/clients/client/", {"q": "crowd 42"}).context["cl"]
    assert [row.name for row in listed.result_list] == ["Crowd 4242"]


@pytest.mark.parametrize(
    "address",
    [
        "directory/user/?password__startswith=argon2",
        "directory/user/?memberships__group=x",
        "directory/user/?epoch=1",
        "tokens/grant/?refresh_digest=x",
        "tokens/grant/?family_key__startswith=0",
        "tokens/accesstoken/?digest__gt=0",
        "clients/client/?secrets__digest__startswith=a",
        "clients/client/?jwks__contains=x",
        "management/apitoken/?digest__startswith=a",
        "servers/authorizationserver/?keys__kid=1",
    ],
)
def test_row_295_a_column_that_the_list_does_not_offer_is_no_oracle(
    address: str, root: Browser, auditor: Browser
) -> None:
    assert {root.get(f"/admin/{address}").status_code for root in (root, auditor)} == {400}


def test_nobody_acts_on_all_rows_of_a_list_that_nobody_has_counted(
    world: World, root: Browser
) -> None:
    data = {
        "action": "deactivate_clients",
        "select_across": "1",
        "_selected_action": [world.web.pk],
        "confirmed": "1",
    }
    assert root.post("/admin/clients/client/", data).status_code == 403
    world.web.refresh_from_db()
    assert world.web.status == "ACTIVE"


def test_a_group_of_many_says_so(superuser: User, root: Browser) -> None:
    group = Group.objects.create(name="Crowd")
    group.users.set([make_user(), make_user()])
    assert ">2<" in root.get("/admin/directory/group/").content.decode()


def test_a_choice_by_typing_ends(superuser: User, root: Browser) -> None:
    for n in range(25):
        User.objects.create(login=f"typed{n:02}@example.com", email="x")
    query = {
        "term": "typed",
        "app_label": "directory",
        "model_name": "groupmembership",
        "field_name": "user",
    }
    pages = [root.get("/admin/autocomplete/", {**query, "page": n}).json() for n in (1, 2)]
    assert [page["pagination"]["more"] for page in pages] == [True, False]
    assert sum(len(page["results"]) for page in pages) == 25


def test_the_filtered_list_is_a_file_and_an_event(world: World, root: Browser) -> None:
    make_client(name="=cmd|calc", client_id="formula")
    before = mark()
    answer = root.get("/admin/clients/client/csv/?q=%3Dformula")
    assert answer["Content-Type"].startswith("text/csv")
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 2 and '"\'=cmd|calc"' in lines[1]
    assert events(since=before) == ["system.list.export"]


def test_a_file_holds_all_pages_and_no_digest(root: Browser, auditor: Browser) -> None:
    add_tokens(PAGE * 3)
    for browser in (root, auditor):
        answer = browser.get("/admin/tokens/accesstoken/csv/")
        text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
        assert len(text.splitlines()) == PAGE * 3 + 1
        assert not any(one.digest in text for one in AccessToken.objects.all())


def test_a_list_is_no_file_for_strangers(world: World) -> None:
    person = Browser()
    person.force_login(make_user())
    assert person.get("/admin/clients/client/csv/").status_code in (302, 403)
