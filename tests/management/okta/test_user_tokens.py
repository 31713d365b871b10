"""What a user's clients hold, what the user allowed them, and the end of both."""

from typing import Any

import pytest
from django.test import Client as Browser
from okta.models.o_auth2_scope_consent_grant import OAuth2ScopeConsentGrant

from apps.tokens import clock
from apps.tokens.models import Consent
from tests.factories import PASSWORD, make_superuser
from tests.management.okta.caller import Program
from tests.oauth.grants_fixture import World, beside, make_world, outcome, refresh, sign_in

REFUSED = (400, "invalid_grant")


def at(world: World, rest: str = "") -> str:
    """Below the user's client."""
    return f"users/{world.user.pk}/clients/{world.client.client_id}/{rest}"


def allow(world: World, *scopes: str) -> None:
    """Remember that the user allows the client these."""
    for scope in scopes:
        Consent.objects.create(
            server_id=world.server.pk,
            client_id=world.client.pk,
            user_id=world.user.pk,
            scope=scope,
            created=clock.now(),
        )


def test_the_tokens_of_a_users_client_are_listed_read_and_revoked(api: Program) -> None:
    world = make_world()
    tokens, other = sign_in(world), sign_in(beside(world))
    [record] = api.get(at(world, "tokens")).json()
    assert api.get(at(world, f"tokens/{record['id']}")).json() == record
    assert record["_links"]["self"]["href"].endswith(at(world, f"tokens/{record['id']}"))
    assert tokens.refresh not in str(record)
    tried = api.delete(at(world, f"tokens/{record['id']}?dryRun=true")).json()
    assert tried["grants"] == 1
    assert api.delete(at(world, f"tokens/{record['id']}")).status_code == 204
    assert outcome(refresh(world, tokens.refresh)) == REFUSED
    assert api.get(at(world, "tokens")).json() == [] and other


def test_all_tokens_of_a_users_client_end_at_once_and_no_others(api: Program) -> None:
    world = make_world()
    mine, strange = sign_in(world), beside(world)
    theirs = sign_in(strange)
    assert api.delete(at(world, "tokens")).status_code == 204
    assert outcome(refresh(world, mine.refresh)) == REFUSED
    assert outcome(refresh(strange, theirs.refresh)) == (200, "")


def test_a_users_clients_hold_tokens_or_grants(api: Program) -> None:
    world = make_world()
    path = f"users/{world.user.pk}/clients"
    assert api.get(path).json() == []
    allow(world, world.scope.name)
    [client] = api.get(path).json()
    assert client["client_id"] == world.client.client_id
    assert client["_links"]["grants"]["href"].endswith(at(world, "grants"))
    links = api.get(f"users/{world.user.pk}/appLinks").json()
    assert [one["appInstanceId"] for one in links] == [world.client.pk]


def test_grants_are_listed_filtered_expanded_and_fit_the_sdk(
    api: Program, django_assert_max_num_queries: Any
) -> None:
    world = make_world()
    allow(world, world.scope.name, "openid")
    path = f"users/{world.user.pk}/grants"
    with django_assert_max_num_queries(4):
        found = api.get(path).json()
    assert len(found) == 2 and len(api.get(at(world, "grants")).json()) == 2
    [one] = api.get(f"{path}?scopeId={world.scope.pk}&expand=scope").json()
    assert one["_embedded"]["scope"]["name"] == world.scope.name
    assert OAuth2ScopeConsentGrant.from_dict(one).scope_id == world.scope.pk  # type: ignore[union-attr]
    alone = api.get(f"{path}/{one['id']}").json()
    assert {**alone, "_embedded": one["_embedded"]} == one


def test_a_revoked_grant_is_gone_with_the_tokens_of_its_scope(api: Program) -> None:
    world = make_world()
    tokens = sign_in(world)
    allow(world, world.scope.name)
    [grant] = api.get(f"users/{world.user.pk}/grants").json()
    path = f"users/{world.user.pk}/grants/{grant['id']}"
    assert api.delete(f"{path}?dryRun=true").json()["grants"] == 1
    assert api.delete(path).status_code == 204
    assert outcome(refresh(world, tokens.refresh)) == REFUSED
    assert api.get(path).status_code == api.delete(path).status_code == 404


@pytest.mark.parametrize("path", ["grants", "of the client"])
def test_all_grants_end_with_what_came_of_them(api: Program, path: str) -> None:
    world = make_world()
    tokens, strange = sign_in(world), beside(world)
    allow(world, world.scope.name)
    allow(strange, strange.scope.name)
    address = f"users/{world.user.pk}/grants" if path == "grants" else at(world, "grants")
    assert api.delete(address).status_code == 204
    assert outcome(refresh(world, tokens.refresh)) == REFUSED
    assert list(Consent.objects.values_list("user_id", flat=True)) == [strange.user.pk]


@pytest.mark.parametrize(("query", "expected"), [("", (200, "")), ("?oauthTokens=true", REFUSED)])
def test_sessions_end_and_with_oauth_tokens_every_token(
    api: Program, query: str, expected: tuple[int, str]
) -> None:
    world = make_world()
    tokens = sign_in(world)
    assert api.delete(f"users/{world.user.pk}/sessions{query}").status_code == 204
    assert outcome(refresh(world, tokens.refresh)) == expected


def test_a_browser_session_is_over_when_an_administrator_ends_it(api: Program) -> None:
    admin, browser = make_superuser(), Browser()
    form = {"login": admin.login, "password": PASSWORD}
    assert browser.post("/accounts/login/", form).status_code == 302
    assert browser.get("/admin/").status_code == 200
    assert api.delete(f"users/{admin.pk}/sessions").status_code == 204
    assert browser.get("/admin/").status_code == 302


def test_row_258_what_is_another_users_is_404(api: Program) -> None:
    world, strange = make_world(), make_world()
    sign_in(world)
    allow(world, world.scope.name)
    [record] = api.get(at(world, "tokens")).json()
    [grant] = api.get(f"users/{world.user.pk}/grants").json()
    other = f"users/{strange.user.pk}"
    for path in (
        f"{other}/clients/{world.client.client_id}/tokens/{record['id']}",
        f"{at(beside(world), 'tokens')}/{record['id']}",
        f"{other}/grants/{grant['id']}",
        f"{other}/clients/nobody/tokens",
        f"{other}/clients/nobody/grants",
    ):
        assert api.get(path).status_code == 404, path
    assert api.delete(f"{other}/grants/{grant['id']}").status_code == 404
