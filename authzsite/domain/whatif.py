"""What a change would do to requests: the same request, decided in two worlds.

Both decide at the same instant, by what is known there of policies and people, so every
difference is the change's own.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from authzsite.domain.access_request import AccessRequest
from authzsite.domain.evaluation import evaluate
from authzsite.domain.policy_types import Decision, Policy, PolicyBook, Rule

GAINS: Final = "gains"
LOSES: Final = "loses"
OTHER_RULE: Final = "other_rule"
OTHER_LIFETIMES: Final = "other_lifetimes"
OTHER_SCOPES: Final = "other_scopes"
KINDS: Final = (GAINS, LOSES, OTHER_RULE, OTHER_LIFETIMES, OTHER_SCOPES)
SAME: Final = "same"
OUTCOMES: Final = (SAME, LOSES, GAINS, OTHER_SCOPES, OTHER_LIFETIMES, OTHER_RULE)
"""What a person hears first of a request: the gravest, so that each counts once."""


@dataclass(frozen=True, slots=True)
class Case:
    """A request, how often it was made, and what the caller knows it by."""

    request: AccessRequest
    times: int = 1
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """One request that would be answered otherwise. `kinds`: GAINS or LOSES alone, else what is
    other about the grant."""

    case: Case
    before: Decision
    after: Decision
    kinds: tuple[str, ...]

    @property
    def outcome(self) -> str:
        """The gravest of the kinds."""
        return min(self.kinds, key=OUTCOMES.index)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Of all cases, each counted as often as it was made: how many stay as they are, how many
    differ in which way, and the differences in the order of the cases."""

    unchanged: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()
    unchanged_users: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Outcome:
    """One line of the answer: so many requests, of so many different people."""

    kind: str
    requests: int
    people: int
    differences: tuple[Difference, ...] = ()


def compare(before: PolicyBook, after: PolicyBook, cases: Iterable[Case]) -> Comparison:
    """What another book does to the cases."""
    return compared(
        (case, evaluate(before, case.request), evaluate(after, case.request)) for case in cases
    )


def compared(judged: Iterable[tuple[Case, Decision, Decision]]) -> Comparison:
    """What is other about the cases, each with both decisions about it."""
    unchanged, counts, found = 0, Counter(dict.fromkeys(KINDS, 0)), []
    users = set()
    for case, old, new in judged:
        kinds = differing(old, new)
        if not kinds:
            unchanged += case.times
            users.add(case.request.user_id)
            continue
        counts.update(dict.fromkeys(kinds, case.times))
        found.append(Difference(case, old, new, kinds))
    people = frozenset(user for user in users if user)
    return Comparison(unchanged, dict(counts), tuple(found), people)


def outcomes(found: Comparison) -> tuple[Outcome, ...]:
    """The lines of the answer, in the order of OUTCOMES: each request is in one of them. Without
    those that nothing is in; what stays the same is always told."""
    lines = [Outcome(SAME, found.unchanged, len(found.unchanged_users))]
    for kind in OUTCOMES[1:]:
        mine = tuple(one for one in found.differences if one.outcome == kind)
        users = {one.case.request.user_id for one in mine} - {None, ""}
        if mine:
            lines.append(Outcome(kind, sum(one.case.times for one in mine), len(users), mine))
    return tuple(lines)


def differing(before: Decision, after: Decision) -> tuple[str, ...]:
    """How two decisions about one request differ, for whoever asked; two denials don't."""
    if before.is_allowed is not after.is_allowed:
        return (GAINS,) if after.is_allowed else (LOSES,)
    if not before.is_allowed:
        return ()
    rules = [(one.policy_id, one.rule_id) for one in (before, after)]
    checks = (
        (OTHER_RULE, rules[0] != rules[1]),
        (OTHER_LIFETIMES, before.lifetimes != after.lifetimes),
        (OTHER_SCOPES, set(before.scopes) != set(after.scopes)),
    )
    return tuple(kind for kind, is_other in checks if is_other)


def surviving_rules(before: PolicyBook, after: PolicyBook) -> frozenset[tuple[str, str]]:
    """Ids of policy and rule under which tokens would live on (R15): neither is gone, inactive, or
    other in a condition, a lifetime or its clients. Names and places don't count."""
    old = {policy.id: policy for policy in before.policies}
    return frozenset(
        (policy.id, rule.id)
        for policy in after.policies
        if policy.id in old and _stands(old[policy.id], policy)
        for rule in _standing_rules(old[policy.id], policy)
    )


def _stands(old: Policy, new: Policy) -> bool:
    return new.is_active and old.client_ids == new.client_ids


def _standing_rules(old: Policy, new: Policy) -> Iterable[Rule]:
    known = {rule.id: rule for rule in old.rules}
    return (rule for rule in new.rules if rule.id in known and _is_same(known[rule.id], rule))


def _is_same(old: Rule, new: Rule) -> bool:
    is_readable = old.broken is None and new.broken is None
    same = set(old.conditions) == set(new.conditions) and old.lifetimes == new.lifetimes
    return new.is_active and is_readable and same
