"""What a change of policies would do to requests: the same request, decided by both books.

Both decide on the same facts at the same instant, so every difference is the change's own.
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


@dataclass(frozen=True, slots=True)
class Comparison:
    """Of all cases, each counted as often as it was made: how many stay as they are, how many
    differ in which way, and the differences in the order of the cases."""

    unchanged: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()


def compare(before: PolicyBook, after: PolicyBook, cases: Iterable[Case]) -> Comparison:
    """What the change does to the cases."""
    unchanged, counts, found = 0, Counter(dict.fromkeys(KINDS, 0)), []
    for case in cases:
        old, new = evaluate(before, case.request), evaluate(after, case.request)
        kinds = differing(old, new)
        if not kinds:
            unchanged += case.times
            continue
        counts.update(dict.fromkeys(kinds, case.times))
        found.append(Difference(case, old, new, kinds))
    return Comparison(unchanged, dict(counts), tuple(found))


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
