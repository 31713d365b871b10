"""Who may do what: each role in the console and through the management API, by one function."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from apps.directory.models import Status, User
from apps.directory.roles import ADMINISTRATOR, AUDITOR, HELP_DESK, ROLES, Role
from apps.directory.services import set_administrator
from apps.management.api_tokens.services import create_api_token
from apps.tokens.models import AccessToken, Grant
from tests.admin.conftest import World, signed_in
from tests.admin.test_permissions import writes
from tests.factories import TESTER, make_group, make_superuser, make_user
from tests.logbook import events, mark
from tests.management.okta.caller import Program

HELP = ("unlock", "reset_password", "reset_factors", "end_sessions")
OTHER = ("activate", "reactivate", "suspend", "unsuspend", "expire_password", "deactivate")


def person_of(role: Role | None) -> User:
    """Somebody with the role."""
    return make_user(**(role.flags if role else {}))


def program_of(user: User) -> Program:
    """The same person's API token."""
    return Program(f"SSWS {create_api_token(actor=TESTER, owner=user, name='t')[1]}")


def agree(browser: Browser, url: str, data: dict[str, Any]) -> None:
    """Post, read what it would end, and say yes to that."""
    shown = browser.post(url, data)
    if shown.status_code == 200:
        browser.post(url, {**data, "confirmed": shown.context["seal"]})


def add_grant(world: World) -> Grant:
    """A refresh token's row."""
    now = timezone.now()
    return Grant.objects.create(
        **{"server_id": world.server.pk, "client_id": world.web.pk, "user_id": world.user.pk},
        **{"vector": "[]", "auth_time": now, "created": now, "sweep_after": now},
        lifetimes="3600 0 604800",
        scopes="openid",
        refresh_digest="d" * 64,
        idle_expires_at=now + timedelta(days=7),
    )


@pytest.mark.parametrize("role", [AUDITOR, HELP_DESK], ids=lambda role: role.name)
def test_neither_auditor_nor_help_desk_changes_configuration(world: World, role: Role) -> None:
    browser, before = signed_in(person_of(role)), mark()
    allowed = {"/admin/tokens/grant/revoke/"} if role is HELP_DESK else set()
    answers = {
        url: browser.post(url, data).status_code
        for url, data in writes(world)
        if url not in allowed
    }
    assert {url: code for url, code in answers.items() if code != 403} == {}
    assert mark() == before


@pytest.mark.parametrize("verb", HELP)
@pytest.mark.parametrize("role", [None, AUDITOR, HELP_DESK, ADMINISTRATOR])
def test_whoever_may_help_helps_people(role: Role | None, verb: str, world: World) -> None:
    browser, person = signed_in(person_of(role)), make_user()
    if verb == "unlock":
        User.objects.filter(pk=person.pk).update(status=Status.LOCKED_OUT)
    url = f"/admin/directory/user/{person.pk}/status/{verb}/"

    before = mark()
    code = browser.post(url, {"confirmed": "1"}).status_code

    is_helper = role in (HELP_DESK, ADMINISTRATOR)
    assert code == (302 if is_helper or role is None else 403)
    if verb in ("unlock", "reset_password"):
        assert (mark() != before) == is_helper


@pytest.mark.parametrize("verb", OTHER)
def test_a_help_desk_gives_and_takes_no_access(verb: str, world: World) -> None:
    browser, person = signed_in(person_of(HELP_DESK)), make_user()
    url = f"/admin/directory/user/{person.pk}/status/{verb}/"
    assert browser.post(url, {"confirmed": "1"}).status_code == 403
    data = {"action": f"{verb}_users", "_selected_action": [person.pk], "confirmed": "1"}
    before = mark()
    browser.post("/admin/directory/user/", data)
    assert mark() == before


@pytest.mark.parametrize("other", ROLES, ids=lambda role: role.name)
@pytest.mark.parametrize("verb", HELP)
def test_a_help_desk_helps_no_administrator(verb: str, other: Role, superuser: User) -> None:
    helper, person = person_of(HELP_DESK), person_of(other)
    url = f"/admin/directory/user/{person.pk}/status/{verb}/"
    assert signed_in(helper).post(url, {"confirmed": "1"}).status_code == 403
    api = program_of(helper)
    assert api.post(f"users/{person.pk}/lifecycle/reset_password", {}).status_code == 403
    assert api.post(f"users/{person.login}/lifecycle/unlock", {}).status_code == 403
    assert api.delete(f"users/{person.pk}/sessions").status_code == 403


def test_a_help_desk_revokes_from_the_list_and_by_what_is_meant(world: World) -> None:
    browser = signed_in(person_of(HELP_DESK))
    grants = [add_grant(world) for _ in range(2)]
    data = {"action": "revoke_grants", "_selected_action": [grants[0].pk], "confirmed": "1"}
    agree(browser, "/admin/tokens/grant/", data)
    agree(browser, f"/admin/tokens/grant/{grants[1].pk}/revoke/", {"confirmed": "1"})
    assert not Grant.objects.filter(revoked_at=None).exists()


CHANGES = ("user.", "group.", "application.", "oauth2.", "policy.", "app.", "event_hook.")
CALLS = (
    ("post", "users/{user}/lifecycle/reset_password", True),
    ("delete", "users/{user}/sessions", True),
    ("delete", "users/{user}/clients/{client_id}/tokens", True),
    ("delete", "apps/{app}/tokens", True),
    ("post", "users/{user}/lifecycle/suspend", False),
    ("post", "users/{user}/lifecycle/deactivate", False),
    ("post", "users/{user}", False),
    ("delete", "users/{user}", False),
    ("post", "users", False),
    ("post", "groups", False),
    ("delete", "groups/{group}", False),
    ("post", "apps", False),
    ("delete", "apps/{app}", False),
    ("post", "apps/{app}/lifecycle/deactivate", False),
    ("put", "authorizationServers/{server}", False),
    ("post", "authorizationServers/{server}/scopes", False),
    ("post", "authorizationServers/{server}/policies", False),
    ("delete", "authorizationServers/{server}/policies/{policy}", False),
    ("post", "authorizationServers/{server}/credentials/lifecycle/keyRotate", False),
    ("post", "eventHooks", False),
)


@pytest.mark.once
@pytest.mark.parametrize(("method", "path", "is_help"), CALLS)
def test_the_management_api_allows_each_role_what_the_console_allows(
    method: str, path: str, is_help: bool, world: World
) -> None:
    names = {
        "user": world.user.pk,
        "client_id": world.web.client_id,
        "app": world.web.pk,
        "group": world.group.pk,
        "server": world.server.pk,
        "policy": world.policy.pk,
    }
    for role in (AUDITOR, HELP_DESK):
        api = program_of(person_of(role))
        before = mark()
        call = getattr(api, method)
        answer = call(path.format(**names), *([] if method == "delete" else [{}]))
        may = is_help and role is HELP_DESK
        assert (answer.status_code == 403) != may, (role.name, answer.content)
        done = [one for one in events(since=before) if one.startswith(CHANGES)]
        assert may or done == []


def test_roles_are_given_by_superusers_in_the_users_form(
    world: World, superuser: User, root: Browser
) -> None:
    at = f"/admin/directory/user/{world.user.pk}/change/"
    fields = {
        "login": world.user.login,
        "email": world.user.email,
        "first_name": "Ada",
        "last_name": "L",
    }
    for role in (HELP_DESK, AUDITOR, ADMINISTRATOR, HELP_DESK):
        root.post(at, {**fields, "role": role.name})
        world.user.refresh_from_db()
        found = {name: getattr(world.user, name) for name in role.flags}
        assert found == role.flags
    helper = signed_in(world.user)
    assert helper.post(at, {**fields, "role": "administrator"}).status_code == 403


def test_row_291_of_two_superusers_who_take_each_others_role_one_stays(
    superuser: User, root: Browser
) -> None:
    other = make_superuser()
    off = {"login": other.login, "email": other.email, "first_name": "A", "last_name": "B"}
    root.post(f"/admin/directory/user/{other.pk}/change/", {**off, "role": ""})
    signed_in(User.objects.get(pk=other.pk)).post(
        f"/admin/directory/user/{superuser.pk}/change/", {**off, "role": ""}
    )
    assert list(User.objects.filter(is_superuser=True)) == [superuser]


def test_row_289_owners_of_one_server_change_nothing_of_another(world: World) -> None:
    owner = make_user(is_staff=True)
    world.service.owners.set([make_group(owner)])
    browser, before = signed_in(owner), mark()
    data = {
        "action": "deactivate_clients",
        "_selected_action": [world.service.pk, world.web.pk],
        "confirmed": "1",
    }
    for url, body in (
        ("/admin/clients/client/", data),
        (f"/admin/clients/client/{world.web.pk}/change/?_to_field=name", {"name": "x"}),
        (f"/admin/clients/client/{world.web.pk}/deactivate/", {"confirmed": "1"}),
        (f"/admin/clients/client/{world.web.pk}/delete/", {"post": "yes"}),
        ("/admin/clients/client/", {**data, "action": "delete_selected"}),
        (f"/admin/policies/policy/{world.policy.pk}/delete/", {"post": "yes"}),
    ):
        assert browser.post(url, body).status_code in (302, 400, 403, 404), url
    assert mark() == before
    assert browser.get("/admin/clients/client/?_to_field=secrets").status_code == 400


def test_a_role_that_is_taken_away_counts_at_once(world: World, superuser: User) -> None:
    helper = person_of(HELP_DESK)
    browser, api = signed_in(helper), program_of(helper)
    set_administrator(actor=TESTER, user=helper, is_staff=True)
    url = f"/admin/directory/user/{world.user.pk}/status/reset_password/"
    assert browser.post(url, {"confirmed": "1"}).status_code == 403
    answer = api.post(f"users/{world.user.pk}/lifecycle/reset_password", {})
    assert answer.status_code == 403


def test_row_290_who_may_look_sees_neither_digests_nor_keys(world: World) -> None:
    grant, now = add_grant(world), timezone.now()
    token = AccessToken.objects.create(
        **{"digest": "e" * 64, "server_id": "orders", "client_id": world.web.pk, "claims": "{}"},
        **{"vector": "[]", "issued_at": now, "expires_at": now + timedelta(hours=1)},
    )
    hidden = [grant.refresh_digest, token.digest[:20], world.user.password]
    hidden += [one.digest for one in world.service.secrets.all()]
    hidden += [str(key.sealed_private_key) for key in world.server.keys.all()]
    for role in (AUDITOR, HELP_DESK):
        browser = signed_in(person_of(role))
        for place in (
            *("tokens/grant/", f"tokens/grant/{grant.pk}/change/", "tokens/accesstoken/"),
            *(f"directory/user/{world.user.pk}/change/", "servers/signingkey/"),
            *(f"clients/client/{world.service.pk}/secrets/", "servers/authorizationserver/"),
            "servers/authorizationserver/orders/keys/",
        ):
            body = browser.get(f"/admin/{place}").content.decode()
            shown = [one[:12] for one in hidden if one and one in body]
            assert shown == [] or role is HELP_DESK and place == "tokens/accesstoken/", place
