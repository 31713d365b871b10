"""Policy tests say what the endpoints do, and stand behind every change of policies (R9, R24)."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from apps.oauth.simulation.cases import StoredTests
from apps.policies.models import PolicyTest, Rule
from apps.policies.services import (
    create_policy_test,
    deactivate_policy,
    deactivate_rule,
    delete_rule,
    update_rule,
)
from apps.servers.models import Scope
from apps.servers.services import delete_scope, update_server
from apps.servers.services.tested import PolicyTestsFail, whole_change
from apps.systemlog.models import LogEvent
from tests.factories import TESTER
from tests.management.okta.caller import Program, cause_of
from tests.management.okta.small_world import SmallWorld, Wish, small_world, wishes

JOB = Wish("job", "read write")


def store(world: SmallWorld, wish: Wish, outcome: str = "ALLOW", **fields: Any) -> PolicyTest:
    user = world.people[wish.person].pk if wish.person else ""
    given = {
        "name": " ".join(f"{wish.client} {wish.person} {wish.scope}".split()),
        "client_id": world.client(wish.client).pk,
        "user_id": user,
        "grant_type": wish.grant_type,
        "scopes": wish.scope.split(),
        "outcome": outcome,
    }
    return create_policy_test(actor=TESTER, server_id=world.server.pk, **(given | fields))


def ran(api: Program, world: SmallWorld) -> dict[str, Any]:
    found: dict[str, Any] = api.post(f"{world.path}/tests/run").json()
    return found


@pytest.mark.parametrize("mode", ["reject", "narrow"])
def test_r9_a_test_that_expects_what_the_endpoints_do_passes_and_no_other(
    api: Program, mode: str
) -> None:
    world = small_world(scope_mode=mode)
    for number, wish in enumerate(wishes()):
        outcome = "DENY" if world.really(wish).error else "ALLOW"
        other = "ALLOW" if outcome == "DENY" else "DENY"
        store(world, wish, outcome, name=f"{number} right")
        store(world, wish, other, name=f"{number} wrong")
    found = ran(api, world)
    assert found["passed"] == found["failed"] == len(wishes())
    assert all(one["passes"] is one["name"].endswith("right") for one in found["results"])


def test_a_test_may_name_the_rule_that_has_to_decide(api: Program) -> None:
    world = small_world()
    store(world, Wish("web", "openid", "ada"), rule_id=world.staff_rule.pk)
    store(world, Wish("web", "openid", "bob"), rule_id=world.staff_rule.pk)
    [ada, bob] = ran(api, world)["results"]
    assert ada["passes"] and not bob["passes"]
    assert world.everyone_rule.name in bob["problem"] and bob["explanation"]["headline"]


def test_tests_are_created_read_replaced_and_deleted(api: Program, auditor: Program) -> None:
    world = small_world()
    body = {
        "name": "The job reads",
        "grantType": "client_credentials",
        "clientId": world.client("job").client_id,
        "scopes": ["read"],
        "expected": {"outcome": "ALLOW", "ruleId": world.job_rule.pk},
    }
    created = api.post(f"{world.path}/tests", body)
    assert created.status_code == 201, created.content
    test = created.json()
    path = f"{world.path}/tests/{test['id']}"
    assert body.items() <= test.items() and auditor.get(path).json() == test
    assert auditor.get(f"{world.path}/tests").json() == [test]
    changed = api.put(path, {**test, "name": "It reads", "expected": {"outcome": "DENY"}})
    assert changed.json()["expected"] == {"outcome": "DENY", "ruleId": None}, changed.content
    assert auditor.delete(path).status_code == 403
    assert api.delete(path).status_code == 204 and api.get(path).status_code == 404
    types = LogEvent.objects.filter(event_type__startswith="policy.test")
    assert list(types.order_by("pk").values_list("event_type", flat=True)) == [
        "policy.test.create",
        "policy.test.update",
        "policy.test.delete",
    ]


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"clientId": "nobody"}, "clientId: does not exist"),
        ({"userId": "nobody"}, "userId: names no user"),
        ({"grantType": "refresh_token"}, "grantType: must be one of"),
        ({"grantType": "authorization_code"}, "userId: must not be empty"),
        ({"scopes": ["a b"]}, "scopes: must hold names of scopes"),
        ({"name": ""}, "name: must not be empty"),
        ({"expected": {"outcome": "MAYBE"}}, "expected.outcome"),
        ({"expected": {"outcome": "ALLOW", "ruleId": "0prX"}}, "expected.ruleId: does not exist"),
    ],
)
def test_a_test_that_means_nothing_is_refused(
    api: Program, change: dict[str, Any], cause: str
) -> None:
    world = small_world()
    body = {
        "name": "x",
        "grantType": "client_credentials",
        "clientId": world.client("job").client_id,
        "expected": {"outcome": "ALLOW"},
    }
    refused = api.post(f"{world.path}/tests", body | change)
    assert refused.status_code == 400 and cause in cause_of(refused), refused.content


def test_whatever_service_breaks_a_passing_test_is_refused_and_changes_nothing() -> None:
    world = small_world()
    store(world, JOB)
    rule = world.job_rule
    scope = Scope.objects.get(server=world.server, name="write")
    given: dict[str, Any] = {"actor": TESTER, "server_id": world.server.pk}
    conditions = [
        {"type": "grant_types", "include": ["client_credentials"]},
        {"type": "scopes", "include": ["read"]},
    ]
    before = list(Rule.objects.order_by("pk").values())
    for change in (
        lambda: update_rule(**given, rule_id=rule.pk, conditions=conditions),
        lambda: deactivate_rule(**given, rule_id=rule.pk),
        lambda: delete_rule(**given, rule_id=rule.pk),
        lambda: deactivate_policy(**given, policy_id=rule.policy_id),
        lambda: delete_scope(**given, scope_id=scope.pk),
    ):
        with pytest.raises(PolicyTestsFail, match="job read write: expected a grant, but"):
            change()
    assert list(Rule.objects.order_by("pk").values()) == before
    assert not world.really(JOB).error


def test_the_scope_mode_is_part_of_what_policies_say() -> None:
    world = small_world(scope_mode="narrow")
    store(world, Wish("other", "read write"))
    with pytest.raises(PolicyTestsFail):
        update_server(actor=TESTER, server_id=world.server.pk, scope_mode="reject")


def test_a_test_that_failed_before_holds_nothing_up_and_its_repair_is_kept() -> None:
    world = small_world()
    store(world, JOB, "DENY")
    given: dict[str, Any] = {
        "actor": TESTER,
        "server_id": world.server.pk,
        "rule_id": world.job_rule.pk,
    }
    update_rule(**given, access_token_minutes=30)
    deactivate_rule(**given)  # now it passes
    world.job_rule.refresh_from_db()
    assert world.job_rule.status == "INACTIVE"


def test_over_the_api_a_refusal_is_409_names_the_tests_and_force_goes_on(api: Program) -> None:
    world = small_world()
    store(world, JOB)
    path = f"{world.path}/scopes/{Scope.objects.get(server=world.server, name='write').pk}"
    refused = api.delete(path)
    assert refused.status_code == 409 and "job read write" in cause_of(refused)
    assert api.delete(f"{path}?dryRun=true").status_code == 409
    assert api.get(path).status_code == 200
    assert api.delete(f"{path}?force=maybe").status_code == 400
    assert api.delete(f"{path}?force=true").status_code == 204
    event = LogEvent.objects.get(event_type="policy.test.override")
    assert event.severity == "WARN" and event.actor_id == api.owner.pk  # type: ignore[union-attr]
    assert "job read write" in str(event.body["debugData"]["failingTests"])


def test_force_is_known_only_where_tests_stand(api: Program) -> None:
    world = small_world()
    assert api.post(f"{world.path}/lifecycle/activate?force=true").status_code == 400
    assert api.get(f"{world.path}/scopes?force=true").status_code == 400


def test_a_change_of_several_steps_is_judged_at_its_end() -> None:
    world = small_world()
    store(world, JOB)
    given: dict[str, Any] = {"actor": TESTER, "server_id": world.server.pk}
    with whole_change():
        deactivate_rule(**given, rule_id=world.job_rule.pk)
        update_rule(
            **given,
            rule_id=world.everyone_rule.pk,
            conditions=[
                {"type": "grant_types", "include": ["client_credentials"]},
                {"type": "scopes", "include": ["*"]},
            ],
        )
    assert not world.really(JOB).error


def test_what_is_gone_is_no_longer_tested(api: Program) -> None:
    world = small_world()
    store(world, Wish("web", "openid", "ada"))
    PolicyTest.objects.update(user_id="00uGone")
    [result] = ran(api, world)["results"]
    assert result["problem"] == "its user doesn't exist any more"
    PolicyTest.objects.update(client_id="0oaGone")
    [result] = ran(api, world)["results"]
    assert result["problem"] == "its client doesn't exist any more"
    update_rule(
        actor=TESTER,
        server_id=world.server.pk,
        rule_id=world.job_rule.pk,
        access_token_minutes=30,
    )


def test_the_command_tells_each_test_and_exits_for_ci() -> None:
    world = small_world()
    store(world, JOB)
    out = StringIO()
    call_command("policytest", stdout=out)
    assert f"ok  {world.server.name}: job read write" in out.getvalue()
    store(world, JOB, "DENY", name="wrong")
    with pytest.raises(SystemExit) as ended:
        call_command("policytest", server=world.server.pk, stdout=out)
    assert ended.value.code == 1 and "Policy tests: 2, failing: 1." in out.getvalue()


def test_listing_and_running_take_few_statements(
    api: Program, django_assert_max_num_queries: Any
) -> None:
    world = small_world()
    for number, wish in enumerate(wishes()):
        store(world, wish, name=str(number))
    api.get(f"{world.path}/tests")
    with django_assert_max_num_queries(4):
        assert len(api.get(f"{world.path}/tests").json()) == len(wishes())
    with django_assert_max_num_queries(14):
        StoredTests().verdicts(world.server.pk)


def test_without_tests_a_change_costs_one_look_up(
    django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = small_world()
    asked: list[str] = []

    def verdicts(self: StoredTests, server_id: str) -> dict[str, str]:
        asked.append(server_id)
        return {}

    monkeypatch.setattr(StoredTests, "verdicts", verdicts)
    with django_assert_num_queries(1):
        StoredTests().has_tests(world.server.pk)
    deactivate_rule(actor=TESTER, server_id=world.server.pk, rule_id=world.job_rule.pk)
    assert asked == []
