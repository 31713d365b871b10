"""The refresh tokens of a server by its clients."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.clients.services import deactivate_client
from apps.directory.services import deactivate_user
from tests.factories import TESTER
from tests.management.okta.caller import Program, cause_of
from tests.oauth.grants_fixture import (
    World,
    beside,
    client_credentials,
    make_world,
    outcome,
    refresh,
    sign_in,
)

pytestmark = pytest.mark.django_db


def clients_path(world: World) -> str:
    return f"authorizationServers/{world.server.pk}/clients"


def tokens_path(world: World) -> str:
    return f"{clients_path(world)}/{world.client.client_id}/tokens"


def records(api: Program, world: World, query: str = "") -> list[dict[str, Any]]:
    found = api.get(f"{tokens_path(world)}{query}")
    assert found.status_code == 200, found.content
    rows: list[dict[str, Any]] = found.json()
    return rows


def test_only_clients_with_a_living_refresh_token_are_listed(api: Program) -> None:
    world = make_world()
    client_credentials(world)
    assert api.get(clients_path(world)).json() == []
    sign_in(world)
    [client] = api.get(clients_path(world)).json()
    assert client["client_id"] == world.client.client_id
    assert client["client_name"] == world.client.name
    assert client["_links"]["tokens"]["href"].endswith(tokens_path(world))


def test_a_record_names_everybody_and_never_the_value(api: Program) -> None:
    world = make_world()
    tokens = sign_in(world)
    [record] = records(api, world)
    assert record["status"] == "ACTIVE" and record["id"].startswith("oar")
    assert record["clientId"] == world.client.client_id and record["userId"] == world.user.pk
    assert record["issuer"].endswith(f"/oauth2/{world.server.pk}")
    assert sorted(record["scopes"]) == ["offline_access", "openid", "orders:read"]
    links = record["_links"]
    assert links["client"]["title"] == world.client.name
    assert links["authorizationServer"]["title"] == world.server.name
    assert links["user"]["title"].startswith("Ada Number")
    assert links["self"]["href"].endswith(f"{tokens_path(world)}/{record['id']}")
    assert api.get(f"{tokens_path(world)}/{record['id']}").json() == record
    assert tokens.refresh not in str(record)


def test_without_a_limit_a_token_expires_with_its_idle_window(api: Program) -> None:
    [record] = records(api, _signed_in())
    made, ends = (datetime.fromisoformat(record[name]) for name in ("created", "expiresAt"))
    assert timedelta(days=7) <= ends - made < timedelta(days=7, minutes=1)


def _signed_in() -> World:
    world = make_world()
    sign_in(world)
    return world


def test_expand_adds_the_scopes(api: Program) -> None:
    world = _signed_in()
    [record] = records(api, world, "?expand=scope")
    found = {one["name"]: one for one in record["_embedded"]["scopes"]}
    assert set(found) == set(record["scopes"])
    assert found["orders:read"]["id"] == world.scope.pk
    address = found["orders:read"]["_links"]["scope"]["href"]
    assert address.endswith(f"/scopes/{world.scope.pk}")
    assert "_embedded" not in records(api, world)[0]
    one = api.get(f"{tokens_path(world)}/{record['id']}?expand=scope").json()
    assert one == record
    assert api.get(f"{tokens_path(world)}?expand=user").status_code == 400


def test_a_list_of_tokens_costs_the_same_however_many_there_are(
    api: Program, django_assert_max_num_queries: Any
) -> None:
    world = _signed_in()
    for _ in range(5):
        sign_in(world)
    with django_assert_max_num_queries(4):
        assert len(records(api, world)) == 6
    with django_assert_max_num_queries(4):
        assert len(records(api, world, "?expand=scope")) == 6
    with django_assert_max_num_queries(4):
        api.get(clients_path(world))


def test_tokens_come_in_pages(api: Program) -> None:
    world = _signed_in()
    for _ in range(4):
        sign_in(world)
    seen, path = [], f"{tokens_path(world)}?limit=2&expand=scope"
    while path:
        page = api.get(path)
        seen += [one["id"] for one in page.json()]
        rels = page["Link"].split(", ")
        path = rels[1].partition("/api/v1/")[2].partition(">")[0] if len(rels) > 1 else ""
    assert len(seen) == len(set(seen)) == 5


def test_revoking_one_ends_its_family_and_leaves_the_others(api: Program) -> None:
    world = make_world()
    first, second = sign_in(world), sign_in(world)
    ids = {one["id"]: one for one in records(api, world)}
    target = next(iter(ids))
    path = f"{tokens_path(world)}/{target}"
    assert api.delete(path).status_code == 204
    assert [one["id"] for one in records(api, world)] == [pk for pk in ids if pk != target]
    gone = api.get(path)
    assert gone.status_code == api.delete(path).status_code == 404
    shown = f"Not found: Resource not found: {world.client.pk}.{target} (OAuth2RefreshTokenTx)"
    assert shown in cause_of(gone)
    answers = sorted(outcome(refresh(world, one.refresh)) for one in (first, second))
    assert answers == [(200, ""), (400, "invalid_grant")]


def test_a_dry_run_of_one_tells_its_grant_and_ends_nothing(api: Program) -> None:
    world = make_world(token_format="opaque")
    tokens = sign_in(world)
    [record] = records(api, world)
    tried = api.delete(f"{tokens_path(world)}/{record['id']}?dryRun=true").json()
    assert (tried["grants"], tried["opaqueTokens"]) == (1, 1)
    assert tried["byClient"][0]["name"] == world.client.name
    assert outcome(refresh(world, tokens.refresh)) == (200, "")


def test_revoking_all_ends_them_at_once_and_leaves_other_clients_alone(api: Program) -> None:
    world = make_world()
    other = beside(world)
    mine, theirs = [sign_in(world) for _ in range(3)], sign_in(other)
    tried = api.delete(f"{tokens_path(world)}?dryRun=true").json()
    assert tried["grants"] == 3 and len(records(api, world)) == 3
    assert api.delete(tokens_path(world)).status_code == 204
    assert records(api, world) == []
    assert {one["client_id"] for one in api.get(clients_path(world)).json()} == {
        other.client.client_id
    }
    assert {outcome(refresh(world, one.refresh)) for one in mine} == {(400, "invalid_grant")}
    assert outcome(refresh(other, theirs.refresh)) == (200, "")
    sign_in(world)
    assert len(records(api, world)) == 1


@pytest.mark.parametrize("end", ["user", "client"])
def test_what_a_change_has_ended_leaves_the_list_before_it_is_marked(
    api: Program, end: str
) -> None:
    world = _signed_in()
    if end == "user":
        deactivate_user(actor=TESTER, user=world.user)
    else:
        deactivate_client(actor=TESTER, client=world.client)
    assert records(api, world) == []
    assert api.get(clients_path(world)).json() == []


def test_row_258_tokens_of_another_server_or_client_are_404(api: Program) -> None:
    world, stranger = _signed_in(), make_world()
    other = beside(world)
    [record] = records(api, world)
    for path in (tokens_path(stranger), tokens_path(other)):
        assert api.get(f"{path}/{record['id']}").status_code == 404
        assert api.delete(f"{path}/{record['id']}").status_code == 404
        assert api.delete(f"{path}/{record['id']}?dryRun=true").status_code == 404
    assert api.get(f"{clients_path(world)}/nobody/tokens").status_code == 404
    assert api.get("authorizationServers/nothing/clients").status_code == 404
    assert len(records(api, world)) == 1


def test_row_275_a_cursor_of_another_clients_list_is_refused(api: Program) -> None:
    world = _signed_in()
    sign_in(world)
    other = beside(world)
    link = api.get(f"{tokens_path(world)}?limit=1")["Link"]
    cursor = link.partition("after=")[2].partition(">")[0]
    for path in (tokens_path(other), f"{tokens_path(world)}?expand=scope&limit=1"):
        moved = api.get(f"{path}{'&' if '?' in path else '?'}after={cursor}")
        assert moved.status_code == 400 and moved.json()["errorCode"] == "E0000029"


def test_an_auditor_may_look_at_tokens_and_not_end_them(auditor: Program) -> None:
    world = _signed_in()
    [record] = records(auditor, world)
    assert auditor.delete(f"{tokens_path(world)}/{record['id']}").status_code == 403
    assert auditor.delete(tokens_path(world)).status_code == 403
    assert len(records(auditor, world)) == 1
