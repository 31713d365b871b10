"""An explanation on the wire: the answer, the nearest miss, what would mend it, and every step."""

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from apps.management.okta.shapes import Shape
from authzsite.domain.explanation import Explanation
from authzsite.domain.lifetimes import Lifetimes
from authzsite.domain.policy_types import Decision, DroppedScope
from authzsite.domain.trace import Check, Fix, NearestMiss, PolicyTrace, RuleTrace

Body = dict[str, Any]


def texts(**options: Any) -> serializers.ListField:
    """A list of texts that is only shown."""
    return serializers.ListField(child=serializers.CharField(), **options)


class DroppedShape(Shape):
    """A scope that was asked for and isn't granted."""

    scope = serializers.CharField()
    reason = serializers.CharField()


class LifetimesShape(Shape):
    """In seconds; `refreshSeconds` 0 is unlimited."""

    accessSeconds = serializers.IntegerField()  # noqa: N815 - the wire's names
    refreshSeconds = serializers.IntegerField()  # noqa: N815
    idleSeconds = serializers.IntegerField()  # noqa: N815


class DecisionShape(Shape):
    """What the policies say."""

    outcome = serializers.ChoiceField(choices=("ALLOW", "DENY"))
    error = serializers.CharField(allow_null=True)
    reason = serializers.CharField(allow_null=True)
    policyId = serializers.CharField(allow_null=True)  # noqa: N815
    policyName = serializers.CharField(allow_null=True)  # noqa: N815
    ruleId = serializers.CharField(allow_null=True)  # noqa: N815
    ruleName = serializers.CharField(allow_null=True)  # noqa: N815
    scopes = texts()
    dropped = DroppedShape(many=True)
    lifetimes = LifetimesShape(allow_null=True)


class CheckShape(Shape):
    """One condition of one rule."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    isMet = serializers.BooleanField()  # noqa: N815
    whyNot = serializers.CharField(allow_null=True)  # noqa: N815
    missingScopes = texts()  # noqa: N815


class NearestMissShape(Shape):
    """The rule that came closest, with what it fails on."""

    policyId = serializers.CharField()  # noqa: N815
    policyName = serializers.CharField()  # noqa: N815
    ruleId = serializers.CharField()  # noqa: N815
    ruleName = serializers.CharField()  # noqa: N815
    fails = CheckShape(many=True)


class FixShape(Shape):
    """One change that would mend the request. The ids are of what would be changed."""

    kind = serializers.CharField()
    text = serializers.CharField()
    suffices = serializers.BooleanField()
    policyId = serializers.CharField(allow_null=True)  # noqa: N815
    ruleId = serializers.CharField(allow_null=True)  # noqa: N815
    userId = serializers.CharField(allow_null=True)  # noqa: N815
    groupId = serializers.CharField(allow_null=True)  # noqa: N815
    clientId = serializers.CharField(allow_null=True)  # noqa: N815
    grantType = serializers.CharField(allow_null=True)  # noqa: N815
    scopes = texts()


class StepShape(Shape):
    """A check that precedes the policies."""

    name = serializers.CharField()
    isMet = serializers.BooleanField()  # noqa: N815
    text = serializers.CharField()


class RuleTraceShape(Shape):
    """One rule on the way; without checks where it wasn't tested."""

    id = serializers.CharField()
    name = serializers.CharField()
    position = serializers.IntegerField()
    status = serializers.CharField()
    determines = serializers.BooleanField()
    note = serializers.CharField(allow_null=True)
    checks = CheckShape(many=True)


class PolicyTraceShape(Shape):
    """One policy on the way, with all its rules."""

    id = serializers.CharField()
    name = serializers.CharField()
    position = serializers.IntegerField()
    status = serializers.CharField()
    rules = RuleTraceShape(many=True)


class ExplanationShape(Shape):
    """A decision with the whole way to it."""

    headline = serializers.CharField()
    decision = DecisionShape()
    nearestMiss = NearestMissShape(allow_null=True)  # noqa: N815
    fixes = FixShape(many=True)
    steps = StepShape(many=True)
    policies = PolicyTraceShape(many=True)
    configurationVersion = serializers.IntegerField()  # noqa: N815


def shown(found: Explanation) -> Body:
    """The explanation as the wire has it."""
    miss = found.nearest_miss
    return {
        "headline": found.headline,
        "decision": decision_shown(found.decision),
        "nearestMiss": _miss(miss) if miss else None,
        "fixes": [_fix(fix) for fix in found.fixes],
        "steps": [{"name": one.name, "isMet": one.is_ok, "text": one.text} for one in found.steps],
        "policies": [_policy(one) for one in found.policies],
        "configurationVersion": found.version,
    }


def decision_shown(decision: Decision) -> Body:
    """The decision as the wire has it."""
    times = decision.lifetimes
    return {
        "outcome": decision.outcome.upper(),
        "error": decision.error or None,
        "reason": decision.reason or None,
        "policyId": decision.policy_id or None,
        "policyName": decision.policy_name or None,
        "ruleId": decision.rule_id or None,
        "ruleName": decision.rule_name or None,
        "scopes": list(decision.scopes),
        "dropped": _dropped(decision.dropped),
        "lifetimes": lifetimes_shown(times) if times else None,
    }


def lifetimes_shown(times: Lifetimes) -> Body:
    """Lifetimes as the wire has them."""
    return {
        "accessSeconds": times.access_seconds,
        "refreshSeconds": times.refresh_seconds,
        "idleSeconds": times.idle_seconds,
    }


def _dropped(dropped: Iterable[DroppedScope]) -> list[Body]:
    return [{"scope": one.scope, "reason": one.reason} for one in dropped]


def _check(check: Check) -> Body:
    return {
        "name": check.name,
        "label": check.label,
        "isMet": check.is_ok,
        "whyNot": check.why_not or None,
        "missingScopes": list(check.missing),
    }


def _miss(miss: NearestMiss) -> Body:
    return {
        "policyId": miss.policy_id,
        "policyName": miss.policy_name,
        "ruleId": miss.rule_id,
        "ruleName": miss.rule_name,
        "fails": [_check(check) for check in miss.fails],
    }


def _fix(fix: Fix) -> Body:
    return {
        "kind": fix.kind,
        "text": fix.text,
        "suffices": fix.suffices,
        "policyId": fix.policy_id or None,
        "ruleId": fix.rule_id or None,
        "userId": fix.user_id or None,
        "groupId": fix.group_id or None,
        "clientId": fix.client_id or None,
        "grantType": fix.grant_type or None,
        "scopes": list(fix.scopes),
    }


def _policy(policy: PolicyTrace) -> Body:
    return {
        "id": policy.id,
        "name": policy.name,
        "position": policy.position,
        "status": policy.status,
        "rules": [_rule(rule) for rule in policy.rules],
    }


def _rule(rule: RuleTrace) -> Body:
    return {
        "id": rule.id,
        "name": rule.name,
        "position": rule.position,
        "status": rule.status,
        "determines": rule.determines,
        "note": rule.note or None,
        "checks": [_check(check) for check in rule.checks],
    }
