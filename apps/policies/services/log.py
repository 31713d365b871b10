"""How changes of policies and rules look in the system log (R24)."""

from collections.abc import Iterable

from apps.policies.models import Policy, Rule
from apps.servers.models import AuthorizationServer
from apps.servers.services.rows import Changes, log_change, server_target
from apps.systemlog.entries import Actor, Target

POLICY_TYPE = "OAuthAuthzPolicy"


def policy_target(policy: Policy, changes: Changes | None = None) -> Target:
    """A policy as the target of an event."""
    return Target(policy.pk, "Policy", "", policy.name, {"policy_type": POLICY_TYPE}, changes or {})


def rule_target(rule: Rule, changes: Changes | None = None) -> Target:
    """A rule as the target of an event."""
    return Target(rule.pk, "PolicyRule", "", rule.name, {"policy_type": POLICY_TYPE}, changes or {})


def log_policy(
    verb: str, actor: Actor, server: AuthorizationServer, policy: Policy, changes: Changes
) -> None:
    """`policy.lifecycle.<verb>`."""
    targets = [policy_target(policy, changes), server_target(server)]
    log_change(
        f"policy.lifecycle.{verb}",
        actor=actor,
        server=server,
        targets=targets,
        debug={"policy": policy.pk},
    )


def log_rule(
    verb: str, actor: Actor, server: AuthorizationServer, rule: Rule, changes: Changes
) -> None:
    """`policy.rule.<verb>`."""
    targets = [rule_target(rule, changes), policy_target(rule.policy), server_target(server)]
    debug = {"policy": rule.policy_id, "rule": rule.pk}
    log_change(f"policy.rule.{verb}", actor=actor, server=server, targets=targets, debug=debug)


def log_order(
    event_type: str, actor: Actor, server: AuthorizationServer, moved: Iterable[Target]
) -> None:
    """One event for a whole new order; its targets are what moved."""
    log_change(event_type, actor=actor, server=server, targets=[*moved, server_target(server)])
