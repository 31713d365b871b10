"""Auditors look and change nothing; nothing changes by a GET; nobody takes the last superuser."""

import pytest
from django.test import Client as Browser

from apps.clients.models import Client
from apps.directory.models import User
from apps.servers.models import AuthorizationServer
from tests.admin.conftest import World
from tests.factories import make_superuser
from tests.logbook import mark

SERVER = "/admin/servers/authorizationserver/orders"


def writes(world: World) -> list[tuple[str, dict[str, str]]]:
    """One of each kind of change, as a browser would post it."""
    client, user = f"/admin/clients/client/{world.service.pk}", "/admin/directory/user"
    return [
        (f"{SERVER}/change/", {"name": "Taken"}),
        (f"{SERVER}/delete/", {"post": "yes"}),
        (f"{SERVER}/deactivate/", {"confirmed": "1"}),
        (f"{SERVER}/revoke/", {"confirmed": "1"}),
        (f"{SERVER}/keys/", {"verb": "rotate"}),
        (f"{SERVER}/policies/", {"move": "up", "policy": world.policy.pk}),
        ("/admin/servers/scope/add/?server=orders", {"name": "x"}),
        (f"/admin/policies/rule/{world.rule.pk}/change/", {"name": "x"}),
        (f"/admin/policies/rule/{world.rule.pk}/deactivate/", {"confirmed": "1"}),
        ("/admin/clients/client/add/", {"name": "x", "type": "service"}),
        (f"{client}/secrets/", {"form": "rotate", "overlap": "0"}),
        (f"{client}/assignments/", {"form": "user", "user": world.user.pk}),
        (f"{client}/deactivate/", {"confirmed": "1"}),
        (f"{user}/{world.user.pk}/password/", {"password": "a long enough one"}),
        (f"{user}/{world.user.pk}/status/suspend/", {"confirmed": "1"}),
        (f"{user}/{world.user.pk}/groups/", {"leave": world.group.pk}),
        (f"/admin/directory/group/{world.group.pk}/members/", {"remove": world.user.pk}),
        ("/admin/servers/installation/revoke/", {"confirmed": "1"}),
        ("/admin/tokens/grant/revoke/", {"server": "orders", "confirmed": "1"}),
        ("/admin/jobs/run/", {"periodic": "sweep-expired"}),
    ]


def test_an_auditor_changes_nothing(world: World, auditor: Browser) -> None:
    before = mark()
    answers = {url: auditor.post(url, data).status_code for url, data in writes(world)}
    assert {url: code for url, code in answers.items() if code != 403} == {}
    assert mark() == before


def test_row_294_a_get_changes_nothing(world: World, root: Browser) -> None:
    before = mark()
    for url, data in writes(world):
        root.get(url, data)
    assert mark() == before


def test_row_294_a_change_needs_the_token_of_its_page(world: World, superuser: User) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(superuser)
    before = mark()
    answers = {browser.post(url, data).status_code for url, data in writes(world)}
    assert answers == {403}
    assert mark() == before


def test_row_291_r23_the_last_superuser_stays(world: World, superuser: User, root: Browser) -> None:
    at = f"/admin/directory/user/{superuser.pk}"
    fields = {
        "login": superuser.login,
        "email": superuser.email,
        "first_name": "Ada",
        "last_name": superuser.last_name,
        "role": "",
    }
    assert b"last active superuser" in root.post(f"{at}/change/", fields).content
    for verb in ("suspend", "deactivate"):
        root.post(f"{at}/status/{verb}/", {"confirmed": "1"})
    root.post(f"{at}/delete/", {"post": "yes"})
    superuser.refresh_from_db()
    assert (superuser.is_superuser, superuser.status) == (True, "ACTIVE")


def test_row_291_a_bulk_action_reports_what_was_refused(superuser: User, root: Browser) -> None:
    other = make_superuser()
    data = {
        "action": "deactivate_users",
        "_selected_action": [other.pk, superuser.pk],
        "confirmed": "1",
    }
    response = root.post("/admin/directory/user/", data, follow=True)
    assert User.objects.filter(is_superuser=True, status="ACTIVE").count() == 1
    assert b"superuser" in response.content


def test_a_revoking_action_asks_first(world: World, root: Browser) -> None:
    data = {"action": "deactivate_clients", "_selected_action": [world.web.pk]}
    response = root.post("/admin/clients/client/", data)
    assert b"ends at once" in response.content
    assert Client.objects.get(pk=world.web.pk).status == "ACTIVE"
    root.post("/admin/clients/client/", data | {"confirmed": "1"})
    assert Client.objects.get(pk=world.web.pk).status == "INACTIVE"


@pytest.mark.parametrize("model", ["tokens/grant", "tokens/accesstoken", "systemlog/logevent"])
def test_row_292_tokens_and_events_are_neither_added_nor_deleted(model: str, root: Browser) -> None:
    assert root.get(f"/admin/{model}/add/").status_code == 403
    assert root.post(f"/admin/{model}/1/delete/", {"post": "yes"}).status_code in (302, 403)


def test_deleting_a_server_says_what_ends(world: World, root: Browser) -> None:
    assert b"opaque access tokens" in root.get(f"{SERVER}/delete/").content
    root.post(f"{SERVER}/delete/", {"post": "yes"})
    assert not AuthorizationServer.objects.filter(pk="orders").exists()
