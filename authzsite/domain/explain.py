"""explain(): the decision of `evaluate`, and every step that led to it.

It calls `evaluate` for the decision and reads the policies a second time for the story; that both
agree is a tested law. It costs a multiple of a decision, so the endpoints call it for denials and
narrowed grants only.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from authzsite.domain.access_request import AccessRequest
from authzsite.domain.conditions import Condition, Scopes
from authzsite.domain.evaluation import evaluate, refuse_user
from authzsite.domain.explain_steps import request_facts, steps_before_policies
from authzsite.domain.explanation import Explanation
from authzsite.domain.fixes import suggest_fixes
from authzsite.domain.fragments import NO_NAMES, SCOPE, listing, plain
from authzsite.domain.policy_types import Decision, Policy, PolicyBook, Rule
from authzsite.domain.requested_scopes import resolve_scopes
from authzsite.domain.trace import (
    APPLIES,
    BROKEN,
    FAILED,
    INACTIVE,
    MATCHED,
    NOT_REACHED,
    OTHER_CLIENTS,
    Check,
    NearestMiss,
    PolicyTrace,
    RuleTrace,
)

Names = Mapping[str, str]


def explain(book: PolicyBook, request: AccessRequest, names: Names = NO_NAMES) -> Explanation:
    """Why the decision is what it is. `names` maps ids of groups and users to what people call
    them, and goes before the book's own.
    """
    names = {**book.names, **names}
    decision = evaluate(book, request)
    policies = () if request.token_policy else tuple(_read_policies(book, request, decision, names))
    return Explanation(
        request=request_facts(book, request),
        decision=decision,
        steps=steps_before_policies(book, request),
        policies=policies,
        nearest_miss=None if decision.rule_id or decision.is_allowed else nearest_miss(policies),
        fixes=suggest_fixes(book, request, decision, nearest_miss(policies), names),
        version=book.version,
    )


def _read_policies(
    book: PolicyBook, request: AccessRequest, decision: Decision, names: Names
) -> Iterator[PolicyTrace]:
    """Every policy in order; once a rule has stopped the reading, the rest is not reached."""
    custom = resolve_scopes(book, request)
    is_open = not custom.fault and not (request.stands_for_user and refuse_user(request))
    for position, policy in enumerate(book.policies, 1):
        trace = _read_policy(policy, position, request, custom.custom, names, is_open)
        is_open = is_open and not any(rule.status in (MATCHED, BROKEN) for rule in trace.rules)
        yield _mark_determining(trace, decision)


def _read_policy(
    policy: Policy,
    position: int,
    request: AccessRequest,
    custom: tuple[str, ...],
    names: Names,
    is_open: bool,
) -> PolicyTrace:
    status = _policy_status(policy, request, is_open)
    rules, is_open = [], status == APPLIES
    for place, rule in enumerate(policy.rules, 1):
        trace = _read_rule(rule, place, request, custom, names, is_open)
        is_open = is_open and trace.status not in (MATCHED, BROKEN)
        rules.append(trace)
    return PolicyTrace(policy.id, policy.name, position, status, tuple(rules))


def _policy_status(policy: Policy, request: AccessRequest, is_open: bool) -> str:
    if not policy.is_active:
        return INACTIVE
    if not policy.covers(request.client_id):
        return OTHER_CLIENTS
    return APPLIES if is_open else NOT_REACHED


def _read_rule(
    rule: Rule,
    position: int,
    request: AccessRequest,
    custom: tuple[str, ...],
    names: Names,
    is_open: bool,
) -> RuleTrace:
    if not rule.is_active:
        return RuleTrace(rule.id, rule.name, position, INACTIVE)
    if not is_open:
        return RuleTrace(rule.id, rule.name, position, NOT_REACHED)
    if rule.broken is not None:
        return RuleTrace(rule.id, rule.name, position, BROKEN, note=rule.broken)
    checks = tuple(
        check_condition(condition, request, custom, names) for condition in rule.conditions
    )
    status = MATCHED if all(check.is_ok for check in checks) else FAILED
    return RuleTrace(rule.id, rule.name, position, status, checks=checks)


def check_condition(
    condition: Condition, request: AccessRequest, custom: tuple[str, ...], names: Names
) -> Check:
    """One condition against the request. Scopes are judged by what is left of them after the scope
    step (`custom`).
    """
    if isinstance(condition, Scopes):
        missing = condition.missing(custom)
        return Check(
            condition.name,
            condition.label,
            not missing,
            ", ".join(missing),
            listing(SCOPE, missing, "and"),
            missing,
        )
    fault = condition.fault(request)
    return Check(
        condition.name, condition.label, condition.matches(request), plain(fault, names), fault
    )


def _mark_determining(policy: PolicyTrace, decision: Decision) -> PolicyTrace:
    if not decision.rule_id or policy.id != decision.policy_id:
        return policy
    rules = tuple(replace(rule, determines=rule.id == decision.rule_id) for rule in policy.rules)
    return replace(policy, rules=rules)


def nearest_miss(policies: tuple[PolicyTrace, ...]) -> NearestMiss | None:
    """The tested rule with the fewest failing conditions; of equals one that fails on scopes alone
    (the decision's reason speaks of it), then the one with the fewest missing, then the first.
    """
    tested = (
        (policy, rule) for policy in policies for rule in policy.rules if rule.status == FAILED
    )
    misses = [_miss(policy, rule) for policy, rule in tested]
    return min(misses, key=_distance, default=None)


def _distance(miss: NearestMiss) -> tuple[int, bool, int]:
    return len(miss.fails), not miss.only_scopes, len(miss.missing)


def _miss(policy: PolicyTrace, rule: RuleTrace) -> NearestMiss:
    fails = tuple(check for check in rule.checks if not check.is_ok)
    missing = tuple(name for check in fails for name in check.missing)
    return NearestMiss(policy.id, policy.name, rule.id, rule.name, fails, missing)
