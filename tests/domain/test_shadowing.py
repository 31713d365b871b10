"""Rules that an earlier one leaves nothing to decide (R9): sound against `evaluate`."""

from dataclasses import replace

from hypothesis import given, settings

from authzsite.domain.policy import PolicyBook, evaluate
from authzsite.domain.shadowing import shadowed
from tests.domain.policy_world import (
    DEFINED,
    GRANTS,
    GROUPS,
    USERS,
    Case,
    Spec,
    a_request,
    ask,
    book,
    cases,
    simple_rule,
    simple_world,
)

EVERYONE = frozenset({"EVERYONE"})
REQUESTS = 12


def without(whole: PolicyBook, rule_id: str) -> PolicyBook:
    policies = tuple(
        replace(one, rules=tuple(rule for rule in one.rules if rule.id != rule_id))
        for one in whole.policies
    )
    return replace(whole, policies=policies)


def hidden(*rules: Spec) -> set[str]:
    world = simple_world(*({**rule, "priority": at} for at, rule in enumerate(rules, 1)))
    return set(shadowed(book(world).policies))


@settings(max_examples=400)
@given(cases)
def test_r9_removing_a_shadowed_rule_changes_no_decision(case: Case) -> None:
    whole = book(case.world)
    for rule_id, shadow in shadowed(whole.policies).items():
        rest = without(whole, rule_id)
        for _ in range(REQUESTS):
            request = ask(a_request(case.roll, case.world))
            decision = evaluate(whole, request)
            assert decision.rule_id != rule_id
            assert decision == evaluate(rest, request), shadow


@settings(max_examples=200)
@given(cases)
def test_r9_a_rule_that_ever_decides_is_never_called_shadowed(case: Case) -> None:
    whole = book(case.world)
    found = shadowed(whole.policies)
    for _ in range(REQUESTS):
        assert evaluate(whole, ask(a_request(case.roll, case.world))).rule_id not in found


@settings(max_examples=100)
@given(cases)
def test_a_copy_of_a_rule_is_shadowed_by_it_or_by_what_shadows_both(case: Case) -> None:
    policies = [
        {**one, "rules": [*one["rules"], *({**rule, "priority": 9} for rule in one["rules"])]}
        for one in case.world["policies"]
    ]
    whole = book(case.world, policies=policies)
    found = shadowed(whole.policies)
    for policy in whole.policies:
        copies = [rule for rule in policy.rules if rule.priority == 9 and rule.is_active]
        assert not policy.is_active or {rule.id for rule in copies} <= found.keys()


def test_a_narrower_rule_after_a_wider_one_never_decides() -> None:
    wide = simple_rule(groups=EVERYONE)
    for narrow in (
        simple_rule(groups=frozenset({"eng"})),
        simple_rule(scopes=frozenset({"read"})),
        simple_rule(grants=frozenset({GRANTS[0]})),
        simple_rule(not_groups=frozenset({"ext"})),
        simple_rule(ends_in=1),
        simple_rule(starts_in=-1, ends_in=1),
    ):
        assert hidden(wide, narrow) == {"r0.1"}
        assert hidden(narrow, wide) == set()


def test_a_wider_rule_in_one_respect_still_decides() -> None:
    first = simple_rule(groups=frozenset({"eng"}), scopes=frozenset({"read"}), ends_in=1)
    for more in (
        {"groups": frozenset(GROUPS)},
        {"scopes": frozenset(DEFINED)},
        {"ends_in": None},
        {"users": frozenset(USERS)},
    ):
        assert hidden(first, {**first, **more}) == set()


def test_who_the_earlier_rule_excludes_is_left_to_the_later_one() -> None:
    first = simple_rule(groups=EVERYONE, not_groups=frozenset({"ext"}))
    assert hidden(first, simple_rule(groups=frozenset({"ext"}))) == set()
    assert hidden(first, simple_rule(not_groups=frozenset({"ext"}))) == {"r0.1"}
    first = simple_rule(groups=EVERYONE, not_users=frozenset({"bob"}))
    assert hidden(first, simple_rule(users=frozenset({"alice"}))) == {"r0.1"}
    assert hidden(first, simple_rule(users=frozenset({"bob"}))) == set()


def test_people_don_t_matter_to_grants_without_any() -> None:
    machine = frozenset({"client_credentials"})
    first = simple_rule(grants=machine, users=frozenset({"alice"}))
    assert hidden(first, simple_rule(grants=machine, groups=EVERYONE)) == {"r0.1"}


def test_r9_what_follows_an_unreadable_rule_is_never_reached() -> None:
    assert hidden(simple_rule(broken=True), simple_rule()) == {"r0.1"}
    assert hidden(simple_rule(broken=True, active=False), simple_rule()) == set()


def test_policies_shadow_by_their_clients() -> None:
    rule = simple_rule(groups=EVERYONE)
    for first, second, expected in (
        (None, {"web"}, {"r1.0"}),
        ({"web", "app"}, {"web"}, {"r1.0"}),
        ({"web"}, {"web", "app"}, set()),
        ({"web"}, None, set()),
    ):
        policies = [
            {"clients": ids and frozenset(ids), "rules": [rule], "priority": at, "active": True}
            for at, ids in enumerate((first, second), 1)
        ]
        found = shadowed(book(simple_world(), policies=policies).policies)
        assert found.keys() == expected


def test_moving_helps_where_both_can_decide_then() -> None:
    wide, narrow = simple_rule(groups=EVERYONE), simple_rule(scopes=frozenset({"read"}))
    world = simple_world(wide, {**narrow, "priority": 2}, {**wide, "priority": 3})
    found = shadowed(book(world).policies)
    assert found["r0.1"].moving_helps
    assert not found["r0.2"].moving_helps
    assert found["r0.2"].by.position == 1
