"""`…/scopes`."""

from typing import Any

import pytest

from apps.servers.models import AuthorizationServer, Scope
from tests.factories import make_server
from tests.management.okta.caller import Program, cause_of
from tests.oauth.grants_fixture import make_world, outcome, refresh, sign_in

pytestmark = pytest.mark.once  # no statement differs between the databases

SEEDED = ["address", "email", "offline_access", "openid", "phone", "profile"]


@pytest.fixture
def server(db: None) -> AuthorizationServer:
    return make_server()


@pytest.fixture
def path(server: AuthorizationServer) -> str:
    return f"authorizationServers/{server.pk}/scopes"


def names(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [one["name"] for one in response.json()]


def test_every_server_begins_with_the_scopes_of_openid_connect(api: Program, path: str) -> None:
    found = api.get(path)
    assert names(found) == SEEDED
    assert all(one["system"] and one["consent"] == "IMPLICIT" for one in found.json())


def test_a_scope_is_created_with_the_documented_defaults(api: Program, path: str) -> None:
    created = api.post(path, {"name": "orders:read"})
    assert created.status_code == 201, created.content
    scope = created.json()
    assert scope.pop("id").startswith("scp")
    address = scope.pop("_links")["self"]
    assert address["hints"]["allow"] == ["GET", "PUT", "DELETE"]
    assert scope == {
        "name": "orders:read",
        "displayName": "",
        "description": "",
        "consent": "IMPLICIT",
        "default": False,
        "metadataPublish": "NO_CLIENTS",
        "optional": False,
        "system": False,
        "apiResourceId": None,
    }


def test_a_put_replaces_the_whole_scope(api: Program, path: str) -> None:
    full = {
        "name": "orders:read",
        "displayName": "Orders",
        "description": "Read orders",
        "consent": "REQUIRED",
        "default": True,
        "metadataPublish": "ALL_CLIENTS",
        "optional": True,
    }
    scope = api.post(path, full).json()
    own = f"{path}/{scope['id']}"
    assert full.items() <= scope.items()
    assert api.put(own, scope).json() == scope == api.get(own).json()
    bare = api.put(own, {"name": "orders:list"}).json()
    assert bare["name"] == "orders:list" and bare["id"] == scope["id"]
    assert (bare["consent"], bare["default"], bare["description"]) == ("IMPLICIT", False, "")
    assert api.delete(own).status_code == 204
    gone = api.get(own)
    assert gone.status_code == 404
    assert f"Not found: Resource not found: {scope['id']} (OAuth2Scope)" in cause_of(gone)


def test_a_member_that_is_null_is_one_that_is_left_out(api: Program, path: str) -> None:
    created = api.post(path, {"name": "a", "description": None, "consent": None})
    assert created.status_code == 201 and created.json()["consent"] == "IMPLICIT"
    assert cause_of(api.post(path, {"name": None})).endswith("name: is required")


def test_a_taken_or_forbidden_name_is_refused_by_its_member(api: Program, path: str) -> None:
    api.post(path, {"name": "orders"})
    for name in ("orders", "openid", "groups", "okta.apps.read", "*", "a b", "", "<a>"):
        refused = api.post(path, {"name": name})
        assert refused.status_code == 400, name
        assert cause_of(refused).startswith("E0000001 Api validation failed: name: name: ")


def test_the_scopes_of_openid_connect_stay(api: Program, path: str) -> None:
    [openid] = api.get(f'{path}?filter=name eq "openid"').json()
    own = f"{path}/{openid['id']}"
    assert api.delete(own).status_code == 400
    assert api.put(own, {**openid, "name": "other"}).status_code == 400
    changed = api.put(own, {**openid, "description": "Sign in"})
    assert changed.status_code == 200 and changed.json()["description"] == "Sign in"


def test_the_list_can_be_searched_filtered_and_read_in_pages(api: Program, path: str) -> None:
    for name in ("orders:read", "orders:write", "stock"):
        api.post(path, {"name": name, "consent": "REQUIRED" if name == "stock" else "IMPLICIT"})
    assert names(api.get(f"{path}?q=ORDERS")) == ["orders:read", "orders:write"]
    assert names(api.get(f'{path}?filter=consent eq "REQUIRED"')) == ["stock"]
    text = 'system eq false and consent eq "IMPLICIT"'
    assert names(api.get(f"{path}?filter={text}")) == ["orders:read", "orders:write"]
    seen, where = [], f"{path}?limit=2"
    while where:
        page = api.get(where)
        seen += names(page)
        rels = page["Link"].split(", ")
        where = rels[1].partition("/api/v1/")[2].partition(">")[0] if len(rels) > 1 else ""
    assert seen == sorted([*SEEDED, "orders:read", "orders:write", "stock"])


@pytest.mark.parametrize(
    "text",
    [
        " ",
        "name",
        "name eq openid",
        'server__name eq "x"',
        'name co "x"',
        'name eq "x" or name eq "y"',
        'name eq "x" and',
        'name eq "x" name eq "y"',
        'default eq "true"',
        "name eq true",
        'name eq "\\x"',
        " and ".join(['name eq "x"'] * 11),
    ],
)
def test_row_276_a_filter_compares_known_members_only(api: Program, path: str, text: str) -> None:
    refused = api.get(f"{path}?filter={text}")
    assert refused.status_code == 400 and refused.json()["errorCode"] == "E0000053"


def test_row_258_a_scope_of_another_server_is_404(api: Program, path: str) -> None:
    other = make_server()
    foreign = Scope.objects.filter(server=other, name="openid").get()
    for method in (api.get, api.delete):
        assert method(f"{path}/{foreign.pk}").status_code == 404
    assert api.put(f"{path}/{foreign.pk}", {"name": "openid"}).status_code == 404
    assert api.get("authorizationServers/nothing/scopes").status_code == 404
    assert api.post("authorizationServers/nothing/scopes", {"name": "a"}).status_code == 404
    assert api.get("authorizationServers/org/scopes").status_code == 404


def test_a_rename_ends_the_tokens_with_the_scope_and_a_dry_run_counts_them(api: Program) -> None:
    world = make_world()
    tokens = sign_in(world)
    own = f"authorizationServers/{world.server.pk}/scopes/{world.scope.pk}"
    same = api.put(own, api.get(own).json())
    assert same.status_code == 200
    renamed = {**same.json(), "name": "orders:list"}
    assert api.put(f"{own}?dryRun=true", renamed).json()["grants"] == 1
    again = refresh(world, tokens.refresh)
    assert outcome(again) == (200, "")
    assert api.put(own, renamed).status_code == 200
    assert outcome(refresh(world, again.json()["refresh_token"]))[0] == 400  # type: ignore[attr-defined]


def test_a_list_of_scopes_costs_the_same_however_many_there_are(
    api: Program, path: str, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        api.post(path, {"name": f"s{number}"})
    with django_assert_max_num_queries(4):
        assert len(api.get(path).json()) == 26
