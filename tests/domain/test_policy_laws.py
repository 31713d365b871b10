"""The laws of policy evaluation (R3, R4, R6 to R10), as theorems over small universes."""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings

from authzsite.domain.policy import AccessRequest, Decision, evaluate
from authzsite.domain.vocabulary import OIDC_SCOPES
from tests.domain import oracle
from tests.domain import policy_world as w
from tests.domain.policy_world import decide

law = settings(max_examples=250, deadline=None)
main_law = settings(max_examples=2000, deadline=None)


def verdict(decision: Decision) -> tuple[Any, ...]:
    """What two universes that should agree have to agree on."""
    return decision.outcome, decision.reason, decision.rule_id, decision.scopes, decision.dropped


@main_law
@given(w.cases)
def test_evaluation_agrees_with_the_naive_oracle(case: w.Case) -> None:
    decision = decide(case.world, case.request)
    found: tuple[Any, ...] = ("deny", decision.reason, decision.rule_id)
    if decision.is_allowed:
        found = ("allow", decision.rule_id, set(decision.scopes))
    assert found == oracle.verdict(case.world, case.request)


@law
@given(w.cases)
def test_default_deny(case: w.Case) -> None:
    """A server with no policy or no rule issues nothing (R9)."""
    policies = [{**policy, "rules": []} for policy in case.world["policies"]]
    assert not decide({**case.world, "policies": []}, case.request).is_allowed
    assert not decide({**case.world, "policies": policies}, case.request).is_allowed


@law
@given(w.cases)
def test_first_matching_rule_wins(case: w.Case) -> None:
    """Whatever the rest says, a rule on top that matches everything decides."""
    top = w.for_everyone(w.simple_rule(id="top", users=frozenset(w.USERS)), priority=0)
    request = {**case.request, "groups": frozenset(), "scopes": ("read",)}
    decision = decide({**case.world, "policies": [*case.world["policies"], top]}, request)
    refusal = oracle.user_refusal(request)
    assert decision.reason == refusal if refusal else decision.rule_id == "top"


@law
@given(w.cases)
def test_order_of_lower_rules_is_irrelevant(case: w.Case) -> None:
    """Below the rule that matches, rules may come, go and change places."""
    world = w.named({**case.world, "mode": "reject"})
    before = decide(world, case.request)
    below = w.for_everyone(w.a_rule(case.roll), priority=9)
    after = decide({**world, "policies": [below, *world["policies"]]}, case.request)
    if before.rule_id:
        assert verdict(after) == verdict(before)


@law
@given(w.cases)
def test_priority_orders_and_position_does_not(case: w.Case) -> None:
    """With distinct priorities the order of the rows says nothing."""
    world = w.named(case.world)
    ranked = [{**policy, "priority": place} for place, policy in enumerate(world["policies"])]
    shuffled = case.roll.sample(ranked, len(ranked))
    assert verdict(decide({**world, "policies": shuffled}, case.request)) == verdict(
        decide({**world, "policies": ranked}, case.request)
    )


@law
@given(w.cases)
def test_missing_fact_never_matches(case: w.Case) -> None:
    """Without a fact about the user a user gets nothing, not even by rules that only exclude."""
    for fact in ("groups", "user", "status", "assigned"):
        request = {**case.request, "grant": "authorization_code", fact: None}
        assert not decide(case.world, request).is_allowed


@law
@given(w.cases)
def test_narrowing_scopes_never_widens(case: w.Case) -> None:
    """Asking for less gets no more, and in reject mode never turns a grant into a denial."""
    asked = case.request["scopes"] or ()
    fewer = tuple(name for name in asked if name == "openid" or case.roll.random() < 0.6)
    if not fewer or set(fewer) == {"offline_access"}:
        return  # names no scope: the defaults apply
    wide = decide(case.world, case.request)
    slim = decide(case.world, {**case.request, "scopes": fewer})
    assert set(slim.scopes) <= set(fewer)
    if case.world["mode"] == "reject" and wide.is_allowed:
        assert slim.is_allowed
        assert set(slim.scopes) == set(wide.scopes) & set(fewer)


@law
@given(w.cases)
def test_a_broken_rule_denies_when_reached(case: w.Case) -> None:
    """A rule that can't be read stops everything below it, whatever it may have meant."""
    stop = w.for_everyone(w.simple_rule(broken=True, id="stop"), priority=0)
    request = {**case.request, "scopes": ("read",)}
    decision = decide({**case.world, "policies": [stop, *case.world["policies"]]}, request)
    assert not decision.is_allowed
    assert decision.reason == (oracle.user_refusal(request) or "broken_rule")


@law
@given(w.cases)
def test_a_broken_rule_of_other_clients_is_not_reached(case: w.Case) -> None:
    others = frozenset(w.CLIENTS) - {case.request["client"]}
    broken = {**w.for_everyone(w.simple_rule(broken=True), priority=0), "clients": others}
    world = w.named(case.world)
    after = decide({**world, "policies": [broken, *world["policies"]]}, case.request)
    assert verdict(after) == verdict(decide(world, case.request))


@main_law
@given(w.cases)
def test_narrow_grants_what_reject_grants(case: w.Case) -> None:
    """Narrow mode never refuses what reject mode grants, and grants the same there (R3)."""
    reject = decide({**case.world, "mode": "reject"}, case.request)
    if reject.is_allowed:
        assert decide({**case.world, "mode": "narrow"}, case.request) == reject


@law
@given(w.cases)
def test_narrow_refuses_for_no_scope(case: w.Case) -> None:
    scope_reasons = {"scope_denied", "no_scope_allowed", "no_matching_scope", "no_default_scopes"}
    assert decide({**case.world, "mode": "narrow"}, case.request).reason not in scope_reasons


@law
@given(w.cases)
def test_inactive_is_never_considered(case: w.Case) -> None:
    """Deleting everything inactive changes no decision (R8)."""
    world = w.named(case.world)
    active = [policy for policy in world["policies"] if policy["active"]]
    kept = [{**p, "rules": [r for r in p["rules"] if r["active"]]} for p in active]
    assert verdict(decide({**world, "policies": kept}, case.request)) == verdict(
        decide(world, case.request)
    )


@law
@given(w.cases)
def test_losing_a_group_never_turns_a_denial_into_a_grant_when_nothing_is_excluded(
    case: w.Case,
) -> None:
    world = w.without_exclusions({**case.world, "mode": "reject", "consent": frozenset()})
    request = {**case.request, "groups": case.request["groups"] or frozenset()}
    request["scopes"] = request["scopes"] or ("read",)  # defaults depend on the rule that decides
    fewer = {**request, "groups": request["groups"] - {case.roll.choice(w.GROUPS)}}
    before, after = decide(world, request), decide(world, fewer)
    assert before.is_allowed or not after.is_allowed


@law
@given(w.cases)
def test_a_grant_gives_no_more_than_was_asked_or_is_default(case: w.Case) -> None:
    granted = decide(case.world, case.request).scopes
    asked = case.request["scopes"] or ()
    if oracle.effective(case.request):
        assert list(granted) == [name for name in dict.fromkeys(asked) if name in granted]
    else:
        assert set(granted) <= case.world["defaults"]
        assert list(granted) == sorted(granted)


@law
@given(w.cases)
def test_every_asked_scope_of_a_grant_is_granted_or_accounted_for(case: w.Case) -> None:
    decision = decide(case.world, case.request)
    if decision.is_allowed:
        assert set(case.request["scopes"] or ()) <= {*decision.scopes, *decision.dropped_names}
        assert not set(decision.scopes) & set(decision.dropped_names)


@law
@given(w.cases)
def test_a_grant_stands_on_its_policy_rule_and_custom_scopes(case: w.Case) -> None:
    book, decision = w.book(case.world), decide(case.world, case.request)
    if not decision.is_allowed:
        assert decision.config_epochs == () and decision.lifetimes is None
        return
    policy = next(p for p in book.policies if p.id == decision.policy_id)
    rule = next(r for r in policy.rules if r.id == decision.rule_id)
    custom = [book.scopes[name].epoch for name in decision.scopes if name not in OIDC_SCOPES]
    assert decision.config_epochs == tuple(sorted({policy.epoch, rule.epoch, *custom}))
    assert decision.lifetimes == rule.lifetimes


@law
@given(w.cases)
def test_evaluation_is_total_for_odd_values(case: w.Case) -> None:
    """Naive times, unknown modes, empty names: an answer, never an exception."""
    book = replace(w.book(case.world), scope_mode="odd")
    naive = w.NOW.replace(tzinfo=None)
    request = replace(w.ask(case.request), now=naive, requested_scopes=("", "*"))
    assert isinstance(evaluate(book, request), Decision)


def test_a_user_without_the_flag_is_still_a_user() -> None:
    """A caller that says "no user" and yet names one doesn't skip the checks of people."""
    request = replace(w.ask(w.simple_request("read", assigned=False)), has_user=False)
    assert evaluate(w.book(w.simple_world(w.simple_rule())), request).reason == "user_not_assigned"


def test_a_request_is_for_a_user_unless_said_otherwise() -> None:
    request = AccessRequest("default", "web", "client_credentials", w.NOW)
    book = w.book(w.simple_world(w.simple_rule()))
    assert evaluate(book, request).reason == "invalid_user_status_error"
