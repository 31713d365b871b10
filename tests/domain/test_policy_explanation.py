"""The explanation tells the decision that evaluation takes, and its fixes work."""

import json

from hypothesis import given, settings

from authzsite.domain.policy import Explanation, apply_fix, evaluate, explain
from authzsite.domain.vocabulary import REASON_REFRESH_NOT_ENABLED
from tests.domain import policy_world as w
from tests.domain.policy_world import decide

law = settings(max_examples=200, deadline=None)


def told(case: w.Case) -> Explanation:
    return explain(w.book(case.world), w.ask(case.request))


@law
@given(w.cases)
def test_explanation_agrees_with_evaluation(case: w.Case) -> None:
    """The story is read from the policies a second time and ends where the decision does."""
    story = told(case)
    assert story.decision == decide(case.world, case.request)
    stops = [r.id for p in story.policies for r in p.rules if r.status in ("matched", "broken")]
    assert len(stops) <= 1
    assert (story.determining.id if story.determining else "") == story.decision.rule_id
    if stops or case.world["mode"] == "reject":
        assert stops == ([story.decision.rule_id] if story.decision.rule_id else [])


@law
@given(w.cases)
def test_every_policy_and_rule_is_told_in_order(case: w.Case) -> None:
    book = w.book(case.world)
    shown = [(p.id, [r.id for r in p.rules]) for p in told(case).policies]
    assert shown == [(p.id, [r.id for r in p.rules]) for p in book.policies]


@law
@given(w.cases)
def test_nothing_is_tested_after_the_rule_that_stops(case: w.Case) -> None:
    rules = [rule for policy in told(case).policies for rule in policy.rules]
    stops = [place for place, r in enumerate(rules) if r.status in ("matched", "broken")]
    later = rules[stops[0] + 1 :] if stops else []
    assert all(rule.status in ("inactive", "not_reached") for rule in later)


@law
@given(w.cases)
def test_explanation_survives_its_own_json(case: w.Case) -> None:
    story = told(case)
    for compact in (False, True):
        data = json.loads(json.dumps(story.as_dict(compact=compact)))
        assert data["v"] == 1
        assert Explanation.from_dict(data) == story


@law
@given(w.cases)
def test_a_fix_that_says_it_suffices_does(case: w.Case) -> None:
    book, request = w.book(case.world), w.ask(case.request)
    for fix in explain(book, request).fixes:
        after = evaluate(*apply_fix(book, request, fix))
        lacking = [why for _, why in after.dropped if why != REASON_REFRESH_NOT_ENABLED]
        assert fix.suffices == (after.is_allowed and not lacking), fix


@law
@given(w.cases)
def test_what_is_granted_whole_needs_no_fix(case: w.Case) -> None:
    story = told(case)
    if story.decision.is_allowed and not story.decision.dropped:
        assert story.fixes == () and story.nearest_miss is None


@law
@given(w.cases)
def test_the_nearest_miss_is_the_tested_rule_with_the_fewest_failures(case: w.Case) -> None:
    story = told(case)
    tested = {r.id: r for p in story.policies for r in p.rules if r.status == "failed"}
    if story.nearest_miss is None:
        assert story.decision.is_allowed or story.decision.rule_id or not tested
        return
    fewest = min(sum(not check.is_ok for check in rule.checks) for rule in tested.values())
    assert len(story.nearest_miss.fails) == fewest
    assert story.nearest_miss.rule_id in tested
    if story.decision.reason in ("scope_denied", "no_scope_allowed"):
        assert story.nearest_miss.only_scopes
        assert story.nearest_miss.missing == story.decision.dropped_names


@law
@given(w.cases)
def test_a_check_has_a_reason_exactly_when_it_fails(case: w.Case) -> None:
    rules = (rule for policy in told(case).policies for rule in policy.rules)
    assert all(check.is_ok == (not check.why_not) for rule in rules for check in rule.checks)


def test_a_denial_reads_as_sentences() -> None:
    """What the console's event page shows, as plain lines."""
    write = w.simple_rule(scopes=frozenset({"read", "write"}))
    night = w.simple_rule(users=frozenset(), groups=frozenset({"ops"}), scopes=frozenset({"*"}))
    services = {**w.for_everyone(w.simple_rule()), "clients": frozenset({"job"})}
    partners = {**w.for_everyone(w.simple_rule(users=frozenset({"bob"}))), "active": False}
    world = w.simple_world(write, night)
    world["policies"] += [services, partners]
    request = w.ask(w.simple_request("openid", "read", "write", "erase"))
    story = explain(w.book(world), request, {"ops": "Operations"})
    assert story.sentences() == (
        "No rule allows erase.",
        "Nearest miss: rule Rule r0.0 of policy Policy 0 fails only on scopes: erase",
        "Fix: Ask without erase",
        "Fix: Add erase to rule Rule r0.0 of policy Policy 0",
        "Fix: Let policy Policy 1 apply to web",
        "ok  The requested scopes can be had",
        "ok  alice is ACTIVE",
        "ok  alice is assigned to web directly",
        "1. Policy 0 applies to this client",
        "   no  rule 1 Rule r0.0: grant types ok, people ok, scopes: erase, valid ok",
        "   no  rule 2 Rule r0.1: grant types ok, people: not in Operations, scopes ok, valid ok",
        "2. Policy 1 does not apply: web is not among its clients",
        "3. Policy 2 is inactive",
    )


def test_data_that_no_explanation_wrote_is_a_complaint() -> None:
    good = explain(w.book(w.simple_world()), w.ask(w.simple_request("read"))).as_dict()
    for data in ({}, {"v": 2}, {"v": 1}, {**good, "policies": "all"}, {**good, "version": True}):
        assert isinstance(Explanation.from_dict(data), str)
    assert isinstance(Explanation.from_dict({**good, "added_later": 1}), Explanation)


def fixes(world: w.Spec, request: w.Spec) -> list[tuple[str, bool]]:
    story = explain(w.book(world), w.ask(request))
    return [(fix.kind, fix.suffices) for fix in story.fixes]


def test_each_obstacle_has_its_fix() -> None:
    """One universe per obstacle, and the change that removes it."""
    rule, ask = w.simple_rule(scopes=frozenset({"read"})), w.simple_request
    world = w.simple_world(rule)
    wide = w.simple_world(w.simple_rule())
    inactive = w.simple_world({**rule, "active": False})
    alone = ask("read", grant="client_credentials")
    assert fixes(world, ask("read", assigned=False)) == [("assign_user", True)]
    assert fixes(world, ask("read", status="SUSPENDED")) == [("activate_user", True)]
    assert fixes(world, ask("nowhere")) == [("define_scopes", False)]
    assert fixes(wide, ask("nowhere")) == [("define_scopes", True)]
    assert fixes(world, ask("profile")) == [("ask_for", True)]
    assert fixes(world, ask()) == [("ask_for", True), ("make_default", True)]
    assert fixes(inactive, ask("read")) == [("activate_rule", True)]
    assert fixes({**world, "consent": {"read"}}, alone) == [("relax_consent", True)]
    assert fixes(w.simple_world({**rule, "broken": True}), ask("read")) == [("repair_rule", False)]
    assert fixes({**world, "mode": "narrow"}, ask("read", "write")) == [("widen_rule", True)]


def test_a_person_outside_the_groups_may_be_added_or_join() -> None:
    rule = w.simple_rule(users=frozenset(), groups=frozenset({"ops"}))
    request = w.simple_request("read")
    assert fixes(w.simple_world(rule), request) == [("widen_rule", True), ("join_group", True)]


def test_an_excluded_person_is_not_told_to_join() -> None:
    rule = w.simple_rule(groups=frozenset({"ops"}), not_users=frozenset({"alice"}))
    assert fixes(w.simple_world(rule), w.simple_request("read")) == []
