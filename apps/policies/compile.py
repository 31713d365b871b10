"""From rows of policies and rules to the core's frozen ones; the only place where that happens."""

from apps.clients.models import ActiveStatus
from apps.policies.models import ALL_CLIENTS
from apps.policies.models import Policy as PolicyRow
from apps.policies.models import Rule as RuleRow
from authzsite.domain.conditions import load_all
from authzsite.domain.lifetimes import Lifetimes
from authzsite.domain.policy_types import Policy, Rule


def compile_policies(server_id: str) -> tuple[Policy, ...]:
    """The server's policies with their rules, inactive ones too: the explanation names them.

    Each row comes with its epoch in one statement. The caller (`apps.servers.compile`) makes sure
    that the statements saw one version.
    """
    policies = list(PolicyRow.objects.filter(server=server_id).order_by("priority", "pk"))
    rules: dict[str, list[Rule]] = {policy.pk: [] for policy in policies}
    for row in RuleRow.objects.filter(policy__server=server_id).order_by("priority", "pk"):
        if row.policy_id in rules:
            rules[row.policy_id].append(compile_rule(row))
    return tuple(compile_policy(policy, tuple(rules[policy.pk])) for policy in policies)


def compile_policy(row: PolicyRow, rules: tuple[Rule, ...]) -> Policy:
    """One policy. A client list that isn't one covers nobody."""
    clients = row.clients if isinstance(row.clients, list) else []
    return Policy(
        id=row.pk,
        name=row.name,
        epoch=row.epoch,
        client_ids=None if ALL_CLIENTS in clients else frozenset(map(str, clients)),
        rules=rules,
        priority=row.priority,
        is_active=row.status == ActiveStatus.ACTIVE,
    )


def compile_rule(row: RuleRow) -> Rule:
    """One rule. What can't be read is broken and denies when reached; it is never skipped (R9)."""
    conditions = load_all(row.conditions)
    broken = conditions if isinstance(conditions, str) else None
    return Rule(
        id=row.pk,
        name=row.name,
        epoch=row.epoch,
        conditions=() if isinstance(conditions, str) else conditions,
        lifetimes=Lifetimes.from_minutes(
            access=row.access_token_minutes,
            refresh=row.refresh_token_minutes,
            idle=row.refresh_window_minutes,
        ),
        priority=row.priority,
        broken=broken,
        hook_id=row.hook_id,
        is_active=row.status == ActiveStatus.ACTIVE,
    )
