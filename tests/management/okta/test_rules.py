"""`…/rules`: Okta's shape of conditions, and what it doesn't know of."""

from typing import Any

import pytest

from apps.policies.models import Policy, Rule
from apps.policies.services import update_rule
from tests.factories import TESTER, make_policy, make_rule, make_server
from tests.management.okta.caller import Program, cause_of
from tests.oauth.grants_fixture import make_world, outcome, refresh, sign_in

pytestmark = pytest.mark.once  # no statement differs between the databases

LIFETIMES = (
    "accessTokenLifetimeMinutes",
    "refreshTokenLifetimeMinutes",
    "refreshTokenWindowMinutes",
)


@pytest.fixture
def policy(db: None) -> Policy:
    return make_policy(make_server())


@pytest.fixture
def path(policy: Policy) -> str:
    return f"authorizationServers/{policy.server_id}/policies/{policy.pk}/rules"


def a_rule(**conditions: Any) -> dict[str, Any]:
    given = {
        "people": {"groups": {"include": ["EVERYONE"]}},
        "grantTypes": {"include": ["authorization_code"]},
        "scopes": {"include": ["*"]},
    }
    return {"type": "RESOURCE_ACCESS", "name": "r", "conditions": {**given, **conditions}}


def made(api: Program, path: str, body: dict[str, Any]) -> dict[str, Any]:
    created = api.post(path, body)
    assert created.status_code == 201, created.content
    rule: dict[str, Any] = created.json()
    return rule


def test_a_stored_rule_looks_as_okta_s(api: Program, path: str) -> None:
    rule = made(api, path, a_rule())
    assert rule["id"].startswith("0pr")
    own = f"{path}/{rule['id']}"
    assert rule["_links"]["self"]["href"].endswith(own)
    assert rule["_links"]["deactivate"]["href"].endswith(f"{own}/lifecycle/deactivate")
    fixed = {k: v for k, v in rule.items() if k not in {"id", "_links", "created", "lastUpdated"}}
    assert fixed == {
        "status": "ACTIVE",
        "name": "r",
        "priority": 1,
        "system": False,
        "conditions": {
            "people": {"users": {"exclude": []}, "groups": {"include": ["EVERYONE"]}},
            "grantTypes": {"include": ["authorization_code"]},
            "scopes": {"include": ["*"]},
        },
        "actions": {"token": dict(zip(LIFETIMES, (60, 0, 10080), strict=True))},
        "type": "RESOURCE_ACCESS",
    }


def test_a_rule_is_read_replaced_and_deleted(api: Program, path: str) -> None:
    rule = made(api, path, a_rule())
    own = f"{path}/{rule['id']}"
    assert api.get(own).json() == rule == api.put(own, rule).json()
    assert api.get(path).json() == [rule]
    actions = {"token": dict(zip(LIFETIMES, (5, 60, 30), strict=True))}
    changed = api.put(own, {**rule, "actions": actions}).json()
    assert changed["actions"] == actions
    assert api.put(own, a_rule()).json()["actions"] == rule["actions"]
    assert api.delete(own).status_code == 204
    assert f"{rule['id']} (PolicyRule)" in cause_of(api.get(own))


def test_a_read_modify_write_ends_no_token_and_another_lifetime_does(api: Program) -> None:
    world = make_world()
    update_rule(
        actor=TESTER,
        server_id=world.server.pk,
        rule_id=world.rule.pk,
        conditions=[
            *world.rule.conditions,
            {"type": "validity", "valid_until": "2090-01-01T00:00:00.123456Z"},
        ],
    )
    tokens = sign_in(world)
    own = f"authorizationServers/{world.server.pk}/policies/{world.policy.pk}/rules/{world.rule.pk}"
    seen = api.get(own).json()
    assert api.put(own, seen).json() == seen
    again = refresh(world, tokens.refresh)
    assert outcome(again) == (200, "")
    token = {**seen["actions"]["token"], "accessTokenLifetimeMinutes": 5}
    changed = {**seen, "actions": {"token": token}}
    assert api.put(f"{own}?dryRun=true", changed).json()["grants"] == 1
    assert api.put(own, changed).status_code == 200
    assert outcome(refresh(world, again.json()["refresh_token"]))[0] == 400  # type: ignore[attr-defined]


def test_a_rule_that_cannot_be_read_is_shown_and_never_rewritten(
    api: Program, path: str, policy: Policy
) -> None:
    rule = make_rule(policy)
    strange = [*rule.conditions, {"type": "moon_phase", "include": ["full"]}]
    Rule.objects.filter(pk=rule.pk).update(conditions=strange)
    own = f"{path}/{rule.pk}"
    seen = api.get(own).json()
    assert seen["conditions"]["scopes"] == {"include": ["*"]}
    refused = api.put(own, seen)
    assert refused.status_code == 400 and "moon_phase" in cause_of(refused)
    assert Rule.objects.get(pk=rule.pk).conditions == strange


def test_a_new_rule_goes_last_and_a_place_is_clamped(api: Program, path: str) -> None:
    for name in ("a", "b"):
        made(api, path, {**a_rule(), "name": name})
    assert made(api, path, {**a_rule(), "name": "c", "priority": 99_999})["priority"] == 3
    assert made(api, path, {**a_rule(), "name": "d", "priority": 1})["priority"] == 1
    found = [(one["name"], one["priority"]) for one in api.get(path).json()]
    assert found == [("d", 1), ("a", 2), ("b", 3), ("c", 4)]


def test_the_lifecycle_calls_answer_204_and_a_put_leaves_the_status(
    api: Program, path: str
) -> None:
    rule = made(api, path, {**a_rule(), "status": "INACTIVE"})
    own = f"{path}/{rule['id']}"
    assert rule["status"] == "INACTIVE" and "activate" in rule["_links"]
    assert api.post(f"{own}/lifecycle/activate").status_code == 204
    assert api.post(f"{own}/lifecycle/deactivate").status_code == 204
    assert api.put(own, {**a_rule(), "status": "ACTIVE"}).json()["status"] == "INACTIVE"


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("type", "SIGN_ON"),
        ("name", ""),
        ("name", None),
        ("priority", 0),
        ("conditions", "x"),
        ("conditions.people", []),
        ("conditions.people.users.include", ["x", 1]),
        ("conditions.people.groups.include", ["x"] * 1001),
        ("conditions.grantTypes.include", "implicit"),
        ("actions.token.accessTokenLifetimeMinutes", 4),
        ("actions.token.accessTokenLifetimeMinutes", 1441),
        ("actions.token.accessTokenLifetimeMinutes", "60"),
        ("actions.token.accessTokenLifetimeMinutes", True),
        ("actions.token.accessTokenLifetimeMinutes", 1.5),
        ("actions.token.refreshTokenLifetimeMinutes", 10),
        ("actions.token.refreshTokenLifetimeMinutes", -1),
        ("actions.token.refreshTokenWindowMinutes", 9),
        ("actions.token.refreshTokenWindowMinutes", 10**40),
    ],
)
def test_row_277_a_problem_names_the_member_on_the_wire(
    api: Program, path: str, member: str, value: Any
) -> None:
    for step in reversed(member.split(".")):
        value = {step: value}
    refused = api.post(path, {**a_rule(), **value})
    assert refused.status_code == 400, refused.content
    assert cause_of(refused).startswith(f"E0000001 Api validation failed: {member}")


def test_rows_258_and_259_a_rule_belongs_to_its_policy_and_server(
    api: Program, path: str, policy: Policy
) -> None:
    sibling = make_policy(policy.server)
    near, far = make_rule(sibling), make_rule(make_policy(make_server()))
    for foreign in (near, far):
        own = f"{path}/{foreign.pk}"
        assert api.get(own).status_code == api.delete(own).status_code == 404
        assert api.put(own, a_rule()).status_code == 404
        for verb in ("activate", "deactivate"):
            assert api.post(f"{own}/lifecycle/{verb}").status_code == 404
    through = f"authorizationServers/{policy.server_id}/policies/{far.policy_id}/rules"
    assert api.get(through).status_code == api.post(through, a_rule()).status_code == 404
    rule = made(api, path, a_rule())
    moved = {**rule, "policy": sibling.pk, "policy_id": sibling.pk, "id": near.pk}
    assert api.put(f"{path}/{rule['id']}", moved).json() == rule
    assert Rule.objects.filter(policy=sibling).get() == near


def test_row_274_a_rule_changes_only_from_the_state_that_was_seen(api: Program, path: str) -> None:
    own = f"{path}/{made(api, path, a_rule())['id']}"
    seen = api.get(own)["ETag"]
    renamed = {**a_rule(), "name": "A"}
    assert api.put(own, renamed, HTTP_IF_MATCH=seen).status_code == 200
    assert api.put(own, a_rule(), HTTP_IF_MATCH=seen).status_code == 412
    assert api.delete(own, HTTP_IF_MATCH=seen).status_code == 412
    assert api.get(own).json()["name"] == "A"


def test_a_list_of_rules_costs_the_same_however_many_there_are(
    api: Program, path: str, policy: Policy, django_assert_max_num_queries: Any
) -> None:
    for _ in range(20):
        make_rule(policy)
    with django_assert_max_num_queries(4):
        assert len(api.get(path).json()) == 20


def test_an_auditor_may_look_and_not_change(auditor: Program, policy: Policy, path: str) -> None:
    own = f"{path}/{make_rule(policy).pk}"
    assert auditor.get(own).status_code == 200
    assert auditor.put(own, a_rule()).status_code == auditor.delete(own).status_code == 403
