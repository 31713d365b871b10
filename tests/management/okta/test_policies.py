"""`…/policies`."""

from typing import Any

import pytest

from apps.clients.services import delete_client
from apps.policies.models import Policy
from apps.servers.models import AuthorizationServer
from tests.factories import TESTER, make_client, make_policy, make_server
from tests.management.okta.caller import Program, cause_of
from tests.oauth.grants_fixture import make_world, outcome, refresh, sign_in

BODY = {
    "type": "OAUTH_AUTHORIZATION_POLICY",
    "name": "Staff",
    "description": "For staff",
    "conditions": {"clients": {"include": ["ALL_CLIENTS"]}},
}


@pytest.fixture
def server(db: None) -> AuthorizationServer:
    return make_server()


@pytest.fixture
def path(server: AuthorizationServer) -> str:
    return f"authorizationServers/{server.pk}/policies"


def places(api: Program, path: str) -> dict[str, int]:
    """Name → priority, as listed."""
    return {one["name"]: one["priority"] for one in api.get(path).json()}


def test_a_policy_is_created_read_replaced_and_deleted(api: Program, path: str) -> None:
    created = api.post(path, BODY)
    assert created.status_code == 201, created.content
    policy = created.json()
    own = f"{path}/{policy['id']}"
    assert policy["id"].startswith("00p") and BODY.items() <= policy.items()
    assert (policy["status"], policy["priority"], policy["system"]) == ("ACTIVE", 1, False)
    assert set(policy["_links"]) == {"self", "rules", "deactivate"}
    assert policy["_links"]["rules"]["href"].endswith(f"{own}/rules")
    assert api.get(own).json() == policy == api.put(own, policy).json()
    assert api.put(own, {**policy, "name": "All"}).json()["name"] == "All"
    assert api.delete(own).status_code == 204
    gone = api.get(own)
    assert gone.status_code == 404
    assert f"Not found: Resource not found: {policy['id']} (Policy)" in cause_of(gone)


def test_what_is_left_out_has_its_default(api: Program, path: str) -> None:
    for body in ({"name": "A"}, {"name": "B", "description": "", "conditions": {"clients": {}}}):
        policy = api.post(path, body).json()
        assert policy["description"] == body["name"]  # an empty one breaks the SDK
        assert policy["conditions"] == {"clients": {"include": []}}
        kept = api.put(f"{path}/{policy['id']}", {"name": "C"}).json()
        assert (kept["description"], kept["priority"]) == ("C", policy["priority"])
        api.delete(f"{path}/{policy['id']}")


def test_a_description_that_is_empty_in_a_row_is_shown_as_the_name(
    api: Program, path: str, server: AuthorizationServer
) -> None:
    policy = make_policy(server)
    Policy.objects.filter(pk=policy.pk).update(description="")
    assert api.get(path).json()[0]["description"] == policy.name


def test_a_new_policy_goes_last_and_a_place_shifts_the_others(api: Program, path: str) -> None:
    for name in ("a", "b", "c"):
        api.post(path, {"name": name})
    assert places(api, path) == {"a": 1, "b": 2, "c": 3}
    assert api.post(path, {"name": "d", "priority": 2}).json()["priority"] == 2
    assert places(api, path) == {"a": 1, "d": 2, "b": 3, "c": 4}
    first = api.get(path).json()[0]
    moved = api.put(f"{path}/{first['id']}", {**first, "priority": 3}).json()
    assert moved["priority"] == 3
    assert places(api, path) == {"d": 1, "b": 2, "a": 3, "c": 4}
    api.delete(f"{path}/{api.get(path).json()[0]['id']}")
    assert places(api, path) == {"b": 1, "a": 2, "c": 3}


@pytest.mark.parametrize("priority", [2, 99_999, 2**31 - 1])
def test_a_place_behind_the_last_is_the_last(api: Program, path: str, priority: int) -> None:
    assert api.post(path, {"name": "a", "priority": priority}).json()["priority"] == 1


@pytest.mark.parametrize("priority", [0, -1, "1", True, 1.0, 1.5, [], 2**31, 10**40])
def test_row_277_a_place_is_a_whole_number_of_32_bits(
    api: Program, path: str, priority: Any
) -> None:
    refused = api.post(path, {"name": "a", "priority": priority})
    assert refused.status_code == 400
    assert cause_of(refused).startswith("E0000001 Api validation failed: priority: priority: ")


def test_clients_are_named_by_their_ids_of_oauth(api: Program, path: str) -> None:
    chosen = make_client(client_id="orders-app")
    plain = make_client()
    include = {"clients": {"include": ["orders-app", plain.pk]}}
    policy = api.post(path, {"name": "a", "conditions": include}).json()
    assert set(policy["conditions"]["clients"]["include"]) == {"orders-app", plain.client_id}
    assert set(Policy.objects.get(pk=policy["id"]).clients) == {chosen.pk, plain.pk}
    assert api.get(path).json() == [policy]
    refused = api.post(path, {"name": "b", "conditions": {"clients": {"include": ["nobody"]}}})
    start = "E0000001 Api validation failed: conditions.clients.include: "
    assert cause_of(refused).startswith(start)


def test_a_client_that_is_gone_does_not_stop_a_read_modify_write(api: Program, path: str) -> None:
    client, rest = make_client(client_id="orders-app"), make_client()
    include = {"clients": {"include": [client.client_id, rest.client_id]}}
    policy = api.post(path, {"name": "a", "conditions": include}).json()
    own = f"{path}/{policy['id']}"
    api.post(f"/api/v1/apps/{client.pk}/lifecycle/deactivate")
    delete_client(actor=TESTER, client=client)
    seen = api.get(own).json()
    assert api.put(own, seen).status_code == 200
    assert rest.client_id in seen["conditions"]["clients"]["include"]


def test_the_lifecycle_calls_answer_204_and_a_put_leaves_the_status(
    api: Program, path: str
) -> None:
    policy = api.post(path, {**BODY, "status": "INACTIVE"}).json()
    own = f"{path}/{policy['id']}"
    assert policy["status"] == "INACTIVE" and "activate" in policy["_links"]
    assert api.post(f"{own}/lifecycle/activate").status_code == 204
    assert api.get(own).json()["status"] == "ACTIVE"
    assert api.post(f"{own}/lifecycle/deactivate").status_code == 204
    assert api.put(own, {**BODY, "status": "ACTIVE"}).json()["status"] == "INACTIVE"


def test_a_deactivation_ends_tokens_a_read_modify_write_none(api: Program) -> None:
    world = make_world()
    tokens = sign_in(world)
    own = f"authorizationServers/{world.server.pk}/policies/{world.policy.pk}"
    assert api.put(own, api.get(own).json()).status_code == 200
    again = refresh(world, tokens.refresh)
    assert outcome(again) == (200, "")
    assert api.post(f"{own}/lifecycle/deactivate?dryRun=true").json()["grants"] == 1
    assert api.post(f"{own}/lifecycle/deactivate").status_code == 204
    assert outcome(refresh(world, again.json()["refresh_token"]))[0] == 400  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("type", "ACCESS_POLICY"),
        ("name", ""),
        ("name", "x" * 101),
        ("description", "x" * 256),
        ("status", "DELETED"),
        ("conditions", []),
        ("conditions.clients.include", "ALL_CLIENTS"),
        ("conditions.clients.include", [1]),
        ("conditions.clients.include", ["x"] * 1001),
    ],
)
def test_a_problem_names_the_member_on_the_wire(
    api: Program, path: str, member: str, value: Any
) -> None:
    for step in reversed(member.split(".")):
        value = {step: value}
    refused = api.post(path, {**BODY, **value})
    assert refused.status_code == 400, refused.content
    assert cause_of(refused).startswith(f"E0000001 Api validation failed: {member}")


def test_a_name_is_taken_once_per_server(api: Program, path: str) -> None:
    api.post(path, BODY)
    refused = api.post(path, BODY)
    assert refused.status_code == 400
    assert "already exists in the current organization" in cause_of(refused)
    elsewhere = f"authorizationServers/{make_server().pk}/policies"
    assert api.post(elsewhere, BODY).status_code == 201


def test_row_258_a_policy_of_another_server_is_404(api: Program, path: str) -> None:
    own = f"{path}/{make_policy(make_server()).pk}"
    assert api.get(own).status_code == api.delete(own).status_code == 404
    assert api.put(own, BODY).status_code == 404
    for verb in ("activate", "deactivate"):
        assert api.post(f"{own}/lifecycle/{verb}").status_code == 404
    assert api.get("authorizationServers/nothing/policies").status_code == 404
    assert api.get("authorizationServers/org/policies").status_code == 404


def test_row_259_no_body_moves_a_policy_to_another_server(api: Program, path: str) -> None:
    policy, other = api.post(path, BODY).json(), make_server()
    links = {"self": {"href": f"https://x/api/v1/authorizationServers/{other.pk}/policies/x"}}
    moved = {**policy, "server": other.pk, "server_id": other.pk, "id": "00pX", "_links": links}
    assert api.put(f"{path}/{policy['id']}", moved).json() == policy
    assert not Policy.objects.filter(server=other).exists()


def test_row_274_a_policy_changes_only_from_the_state_that_was_seen(
    api: Program, path: str
) -> None:
    own = f"{path}/{api.post(path, BODY).json()['id']}"
    seen = api.get(own)["ETag"]
    assert api.put(own, {**BODY, "name": "A"}, HTTP_IF_MATCH=seen).status_code == 200
    for call in (api.put, api.delete):
        body = (BODY,) if call == api.put else ()
        assert call(own, *body, HTTP_IF_MATCH=seen).status_code == 412
    assert api.get(own).json()["name"] == "A"


def test_a_list_of_policies_costs_the_same_however_many_there_are(
    api: Program, path: str, server: AuthorizationServer, django_assert_max_num_queries: Any
) -> None:
    for _ in range(20):
        make_policy(server, clients=[make_client().pk])
    with django_assert_max_num_queries(4):
        assert len(api.get(path).json()) == 20


def test_an_auditor_may_look_and_not_change(auditor: Program, server: AuthorizationServer) -> None:
    own = f"authorizationServers/{server.pk}/policies/{make_policy(server).pk}"
    assert auditor.get(own).status_code == 200
    assert auditor.put(own, BODY).status_code == auditor.delete(own).status_code == 403
    assert auditor.post(f"{own}/lifecycle/deactivate").status_code == 403
