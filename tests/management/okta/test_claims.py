"""`…/claims`."""

from typing import Any

import pytest

from apps.servers.models import AuthorizationServer, Claim
from tests.factories import make_server
from tests.management.okta.caller import Program, cause_of

pytestmark = pytest.mark.once  # no statement differs between the databases

BODY = {
    "name": "department",
    "claimType": "RESOURCE",
    "valueType": "EXPRESSION",
    "value": "user.department",
    "conditions": {"scopes": ["profile"]},
}


@pytest.fixture
def server(db: None) -> AuthorizationServer:
    return make_server()


@pytest.fixture
def path(server: AuthorizationServer) -> str:
    return f"authorizationServers/{server.pk}/claims"


def test_the_seeded_claims_are_listed_and_built_in_ones_have_no_value(
    api: Program, path: str
) -> None:
    found = {(one["claimType"], one["name"]): one for one in api.get(path).json()}
    assert all(one["system"] and one["status"] == "ACTIVE" for one in found.values())
    sub = found["RESOURCE", "sub"]
    assert sub["value"].endswith("appuser.userName : app.clientId")
    assert sub["conditions"] == {"scopes": []} and "group_filter_type" not in sub
    email = found["IDENTITY", "email"]
    assert "value" not in email and email["alwaysIncludeInToken"] is True
    assert email["conditions"] == {"scopes": ["email"]}
    assert found["IDENTITY", "locale"]["alwaysIncludeInToken"] is False


def test_a_claim_is_created_read_replaced_and_deleted(api: Program, path: str) -> None:
    created = api.post(path, BODY)
    assert created.status_code == 201, created.content
    claim = created.json()
    own = f"{path}/{claim['id']}"
    assert claim["id"].startswith("ocl") and BODY.items() <= claim.items()
    assert (claim["status"], claim["alwaysIncludeInToken"]) == ("ACTIVE", True)
    assert api.put(own, claim).json() == claim == api.get(own).json()
    bare = {"name": "department", "claimType": "RESOURCE", "value": '"x"'}
    changed = api.put(own, bare).json()
    assert changed["value"] == '"x"' and changed["conditions"] == {"scopes": []}
    assert api.delete(own).status_code == 204
    gone = api.get(own)
    assert gone.status_code == 404
    assert f"Not found: Resource not found: {claim['id']} (OAuth2Claim)" in cause_of(gone)


def test_a_groups_claim_has_a_kind_of_filter_and_loses_it_with_its_kind(
    api: Program, path: str
) -> None:
    groups = {
        "name": "groups",
        "claimType": "IDENTITY",
        "valueType": "GROUPS",
        "value": "Staff",
        "group_filter_type": "STARTS_WITH",
        "alwaysIncludeInToken": False,
    }
    claim = api.post(path, groups).json()
    own = f"{path}/{claim['id']}"
    assert groups.items() <= claim.items()
    assert api.put(own, claim).json() == claim
    text = api.put(own, {**claim, "valueType": "EXPRESSION", "value": '"x"'}).json()
    assert "group_filter_type" not in text
    refused = api.put(own, {**claim, "group_filter_type": "SOUNDS_LIKE"})
    assert cause_of(refused).startswith("E0000001 Api validation failed: group_filter_type: ")
    assert api.put(own, {**claim, "group_filter_type": ""}).status_code == 400


def test_a_status_that_is_left_out_stays(api: Program, path: str) -> None:
    claim = api.post(path, {**BODY, "status": "INACTIVE"}).json()
    own = f"{path}/{claim['id']}"
    assert api.put(own, BODY).json()["status"] == "INACTIVE"
    assert api.put(own, {**BODY, "status": "ACTIVE"}).json()["status"] == "ACTIVE"


def test_a_built_in_claim_survives_reading_and_writing_and_can_not_go(
    api: Program, path: str
) -> None:
    for claim in api.get(path).json():
        own = f"{path}/{claim['id']}"
        assert api.put(own, claim).json() == claim
        assert api.delete(own).status_code == 400
        refused = api.put(own, {**claim, "name": "other"})
        assert cause_of(refused).startswith("E0000001 Api validation failed: name: name: ")


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("name", "iss"),
        ("name", ""),
        ("value", "user."),
        ("claimType", "ACCESS"),
        ("claimType", None),
        ("valueType", "SYSTEM"),
        ("status", "DELETED"),
        ("conditions.scopes", ["a b"]),
        ("conditions.scopes", "profile"),
        ("conditions.scopes", ["s"] * 1001),
        ("alwaysIncludeInToken", "true"),
    ],
)
def test_a_problem_names_the_member_on_the_wire(
    api: Program, path: str, member: str, value: Any
) -> None:
    outer, _, inner = member.partition(".")
    refused = api.post(path, {**BODY, outer: {inner: value} if inner else value})
    assert refused.status_code == 400, refused.content
    assert cause_of(refused).startswith(f"E0000001 Api validation failed: {member}: {member}")


def test_row_258_a_claim_of_another_server_is_404(api: Program, path: str) -> None:
    foreign = Claim.objects.filter(server=make_server(), name="sub").get()
    for method in (api.get, api.delete):
        assert method(f"{path}/{foreign.pk}").status_code == 404
    assert api.put(f"{path}/{foreign.pk}", BODY).status_code == 404
    assert api.get("authorizationServers/nothing/claims").status_code == 404


def test_a_list_of_claims_costs_the_same_however_many_there_are(
    api: Program, path: str, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        api.post(path, {**BODY, "name": f"c{number}"})
    with django_assert_max_num_queries(4):
        assert len(api.get(path).json()) > 20
