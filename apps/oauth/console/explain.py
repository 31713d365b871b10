"""An explanation with names, so that templates can link them."""

from dataclasses import replace

from apps.oauth.console.names import named, names_of
from authzsite.domain.explanation import Explanation
from authzsite.domain.fragments import Fragment
from authzsite.domain.trace import Check, PolicyTrace, RuleTrace, Step


def with_names(found: Explanation) -> Explanation:
    """The explanation with names in its fragments, so that templates can link them."""
    names = names_of(_fragments(found))

    def text(parts: tuple[Fragment, ...]) -> tuple[Fragment, ...]:
        return tuple(named(parts, names))

    def check(one: Check) -> Check:
        return replace(one, fragments=text(one.fragments))

    def rule(one: RuleTrace) -> RuleTrace:
        return replace(one, checks=tuple(map(check, one.checks)))

    def policy(one: PolicyTrace) -> PolicyTrace:
        return replace(one, rules=tuple(map(rule, one.rules)))

    def step(one: Step) -> Step:
        return replace(one, refs=text(one.refs))

    miss = found.nearest_miss
    return replace(
        found,
        steps=tuple(map(step, found.steps)),
        policies=tuple(map(policy, found.policies)),
        nearest_miss=replace(miss, fails=tuple(map(check, miss.fails))) if miss else None,
    )


def _fragments(found: Explanation) -> list[Fragment]:
    checks = [check for policy in found.policies for rule in policy.rules for check in rule.checks]
    return [
        *(part for one in found.steps for part in one.refs),
        *(part for one in checks for part in one.fragments),
    ]
