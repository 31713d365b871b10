"""Rules: conditions, lifetimes, and which changes kill what was issued under them (R8, R9, R15)."""

from typing import Any

import pytest

from apps.directory.models import Group
from apps.policies.compile import compile_rule
from apps.policies.models import Policy, Rule
from apps.policies.services import (
    activate_rule,
    deactivate_rule,
    delete_rule,
    reorder_rules,
    revoke_rule_tokens,
    update_rule,
)
from authzsite.domain.lifetimes import Lifetimes
from authzsite.domain.validation import InvalidError
from tests.factories import TESTER, make_policy, make_rule, make_server
from tests.servers.snapshots import changes_of, jobs, last_event, snapshot

pytestmark = pytest.mark.django_db


@pytest.fixture
def policy() -> Policy:
    return make_policy(make_server("orders"))


@pytest.fixture
def rule(policy: Policy) -> Rule:
    return make_rule(policy, name="Anyone")


def order(policy: Policy) -> list[str]:
    return [rule.name for rule in snapshot(policy.server).book.policies[0].rules]


def test_a_rule_is_in_the_snapshot_compiled(rule: Rule) -> None:
    seen = snapshot(rule.policy.server).book.policies[0].rules[0]
    assert (seen.id, seen.epoch, seen.broken) == (rule.pk, rule.epoch, None)
    assert seen.lifetimes == Lifetimes.from_minutes(access=60, refresh=0, idle=10080)


@pytest.mark.parametrize(
    ("priority", "names"), [(1, "CAB"), (2, "ACB"), (3, "ABC"), (99, "ABC"), (None, "ABC")]
)
def test_r8_inserting_shifts_and_the_end_clamps(
    policy: Policy, priority: int | None, names: str
) -> None:
    make_rule(policy, name="A")
    make_rule(policy, name="B")
    make_rule(policy, name="C", priority=priority)
    assert order(policy) == list(names)


def test_r15_a_whole_new_order_kills_nothing(policy: Policy) -> None:
    ids = [make_rule(policy, name=name).pk for name in "ABC"]
    before = snapshot(policy.server).epochs
    given = [ids[1], ids[2], ids[0]]
    reorder_rules(actor=TESTER, server_id="orders", policy_id=policy.pk, rule_ids=given)
    assert order(policy) == ["B", "C", "A"]
    assert snapshot(policy.server).epochs == before and jobs() == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("conditions", []),
        ("access_token_minutes", 5),
        ("refresh_token_minutes", 50_000),
        ("refresh_window_minutes", 60),
    ],
)
def test_r15_conditions_and_lifetimes_kill_what_was_issued_under_the_rule(
    rule: Rule, field: str, value: Any
) -> None:
    update_rule(actor=TESTER, server_id="orders", rule_id=rule.pk, **{field: value})
    assert rule.epoch not in snapshot(rule.policy.server).epochs
    assert rule.policy.epoch in snapshot(rule.policy.server).epochs
    assert jobs() == [("rule", "rule changed")]
    assert changes_of(last_event("policy.rule.update")).keys() == {field}


def test_r15_a_name_or_a_place_kills_nothing(rule: Rule) -> None:
    make_rule(rule.policy)
    update_rule(actor=TESTER, server_id="orders", rule_id=rule.pk, name="Everyone", priority=2)
    assert rule.epoch in snapshot(rule.policy.server).epochs and jobs() == []
    assert changes_of(last_event("policy.rule.update")) == {
        "name": ("Anyone", "Everyone"),
        "priority": (1, 2),
    }


def test_the_same_conditions_in_another_order_are_no_change(rule: Rule) -> None:
    given = [{**one} for one in reversed(rule.conditions)]
    update_rule(actor=TESTER, server_id="orders", rule_id=rule.pk, conditions=given)
    assert rule.epoch in snapshot(rule.policy.server).epochs and jobs() == []


@pytest.mark.parametrize(
    ("access", "refresh", "window", "field"),
    [
        (4, 0, 10080, "access_token_minutes"),
        (1441, 0, 10080, "access_token_minutes"),
        (60, 59, 60, "refresh_token_minutes"),
        (60, -1, 60, "refresh_token_minutes"),
        (60, 0, 59, "refresh_window_minutes"),
        (5, 0, 9, "refresh_window_minutes"),
        (60, 0, 2_628_001, "refresh_window_minutes"),
        (60, 100, 101, "refresh_window_minutes"),
    ],
)
def test_r8_lifetimes_outside_their_limits(
    policy: Policy, access: int, refresh: int, window: int, field: str
) -> None:
    with pytest.raises(InvalidError) as refusal:
        make_rule(
            policy,
            access_token_minutes=access,
            refresh_token_minutes=refresh,
            refresh_window_minutes=window,
        )
    assert refusal.value.problems[0].field == field


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ({"type": "moon_phase"}, "unknown condition"),
        ({"type": "scopes", "include": "orders"}, "not a list"),
        ({"type": "scopes", "include": ["two words"]}, "no scope: two words"),
        ({"type": "grant_types", "include": ["magic"]}, "no grant type: magic"),
        ({"type": "people", "include_groups": ["00gNone"]}, "no group: 00gNone"),
        ({"type": "people", "exclude_users": ["00uNone"]}, "no user: 00uNone"),
        ({"type": "people", "exclude_groups": ["EVERYONE"]}, "cannot be excluded"),
        ({"type": "scopes", "include": [f"s{n}" for n in range(1001)]}, "too many entries"),
    ],
)
def test_conditions_that_mean_nothing_are_refused(
    policy: Policy, condition: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidError, match=message):
        make_rule(policy, conditions=[condition])


def test_a_group_that_is_gone_does_not_stop_a_change(policy: Policy) -> None:
    group = Group.objects.create(name="Warehouse")
    rule = make_rule(policy, groups=[group.pk])
    group.delete()
    update_rule(actor=TESTER, server_id="orders", rule_id=rule.pk, access_token_minutes=5)


def test_r9_a_rule_that_cannot_be_read_is_broken_not_skipped(rule: Rule) -> None:
    Rule.objects.filter(pk=rule.pk).update(conditions=[{"type": "moon_phase"}])
    broken = snapshot(rule.policy.server).book.policies[0].rules[0]
    assert broken.broken == "unknown condition 'moon_phase'"


@pytest.mark.parametrize("conditions", [None, "text", 7, {"type": "scopes"}, [1], [[]]])
def test_r9_no_row_stops_the_compiler(rule: Rule, conditions: Any) -> None:
    rule.conditions = conditions
    assert compile_rule(rule).broken


def test_r15_r16_deactivating_kills_and_activating_revives_nothing(rule: Rule) -> None:
    deactivate_rule(actor=TESTER, server_id="orders", rule_id=rule.pk)
    inactive = snapshot(rule.policy.server).book.policies[0].rules[0]
    assert not inactive.is_active and inactive.epoch not in snapshot(rule.policy.server).epochs
    activate_rule(actor=TESTER, server_id="orders", rule_id=rule.pk)
    assert rule.epoch not in snapshot(rule.policy.server).epochs


def test_r15_deleting_kills_and_closes_the_gap(policy: Policy, rule: Rule) -> None:
    other = make_rule(policy)
    delete_rule(actor=TESTER, server_id="orders", rule_id=rule.pk)
    assert rule.epoch not in snapshot(policy.server).epochs
    assert Rule.objects.get(pk=other.pk).priority == 1
    assert jobs() == [("rule", "rule deleted")]


def test_r18_ending_what_was_issued_under_a_rule(rule: Rule) -> None:
    revoke_rule_tokens(actor=TESTER, server_id="orders", rule_id=rule.pk)
    assert rule.epoch not in snapshot(rule.policy.server).epochs


def test_names_are_unique_per_policy(policy: Policy, rule: Rule) -> None:
    make_rule(make_policy(policy.server), name="Anyone")
    with pytest.raises(InvalidError, match="name: is already in use"):
        make_rule(policy, name="Anyone")


def test_a_rule_of_another_server_is_not_found(rule: Rule) -> None:
    with pytest.raises(Rule.DoesNotExist):
        delete_rule(actor=TESTER, server_id=make_server().pk, rule_id=rule.pk)


@pytest.mark.parametrize(
    "fields",
    [
        {"conditions": None},
        {"conditions": "all"},
        {"conditions": [None]},
        {"conditions": [{"type": ["scopes"]}]},
        {"access_token_minutes": "60"},
        {"access_token_minutes": True},
        {"access_token_minutes": 60.5},
        {"name": ["A"]},
        {"name": "\0"},
        {"conditions": [{"type": "people", "include_users": ["\0"]}]},
        {"conditions": [{"type": "people", "include_groups": ["\ud800"]}]},
    ],
)
def test_a_value_of_another_type_is_refused(policy: Policy, fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidError):
        make_rule(policy, **fields)
