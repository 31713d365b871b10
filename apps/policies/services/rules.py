"""Changes of rules (R8).

Another condition or lifetime, deactivating or deleting kills what was issued under it (R15);
another inline hook doesn't.
"""

from collections.abc import Sequence
from typing import Any, Final, TypedDict, Unpack

from django.db import transaction
from django.db.models import QuerySet

from apps.clients.models import ActiveStatus
from apps.policies.models import Policy, Rule
from apps.policies.services.conditions import condition_problems, normal_conditions
from apps.policies.services.inline_hooks import hook_problems
from apps.policies.services.log import log_order, log_rule, rule_target
from apps.policies.services.ordering import arrange, close_gap, place
from apps.servers.models import AuthorizationServer
from apps.servers.services.rows import (
    apply_changes,
    check_choice,
    check_types,
    check_unique,
    gone,
    lock_server,
    made,
    refuse,
    touch,
)
from apps.servers.services.tested import tested
from apps.systemlog.entries import Actor
from apps.systemlog.outbox import enqueue
from authzsite.domain.validation import (
    Invalid,
    raise_if,
    validate_rule_lifetimes,
    validate_rule_name,
)


class RuleFields(TypedDict, total=False):
    """What an administrator may set; `conditions` are the rows of `authzsite.domain.conditions`."""

    name: str
    conditions: Sequence[dict[str, Any]]
    access_token_minutes: int
    refresh_token_minutes: int
    refresh_window_minutes: int
    hook_id: str


FIELDS: Final = (*RuleFields.__annotations__, "status", "priority")
# R15 names conditions and lifetimes; what an inline hook adds is no part of what was decided, so
# another hook counts for tokens to come.
HARMLESS: Final = frozenset({"name", "priority", "hook_id"})
LIFETIMES: Final = ("access_token_minutes", "refresh_token_minutes", "refresh_window_minutes")


@tested
def create_rule(
    *,
    actor: Actor,
    server_id: str,
    policy_id: str,
    priority: int | None = None,
    status: str = ActiveStatus.ACTIVE,
    **fields: Unpack[RuleFields],
) -> Rule:
    """A new rule at `priority` (none = last); adding one revokes nothing."""
    server = lock_server(server_id)
    policy = Policy.objects.get(pk=policy_id, server=server)
    rule = Rule(policy=policy, status=status, priority=0)
    apply_changes(rule, {"conditions": normal_conditions([]), **_normal(fields)})
    raise_if(_problems(rule, []))
    rule.epoch = touch(server)
    rule.save(force_insert=True)
    place(_siblings(policy), rule, priority)
    log_rule("add", actor, server, rule, made(rule, FIELDS))
    return rule


@tested
def update_rule(
    *,
    actor: Actor,
    server_id: str,
    rule_id: str,
    priority: int | None = None,
    **fields: Unpack[RuleFields],
) -> Rule:
    """Change the given fields, and the place when `priority` is given (which revokes nothing)."""
    server, rule = _locked(server_id, rule_id)
    before, old_priority = rule.conditions, rule.priority
    changes = apply_changes(rule, _normal(fields))
    raise_if(_problems(rule, before))
    if (
        priority is not None
        and place(_siblings(rule.policy), rule, priority)
        and rule.priority != old_priority
    ):
        changes["priority"] = (old_priority, rule.priority)
    if not changes:
        return rule
    version = touch(server)
    if changes.keys() - HARMLESS:
        _revoke(server, rule, version, "rule changed")
    rule.save()
    log_rule("update", actor, server, rule, changes)
    return rule


@tested
def activate_rule(*, actor: Actor, server_id: str, rule_id: str) -> Rule:
    """Consider it again; tokens of before stay dead (R16)."""
    return _set_status(actor, server_id, rule_id, ActiveStatus.ACTIVE, "activate")


@tested
def deactivate_rule(*, actor: Actor, server_id: str, rule_id: str) -> Rule:
    """Never consider it; what was issued under it dies (R15)."""
    return _set_status(actor, server_id, rule_id, ActiveStatus.INACTIVE, "deactivate")


def _set_status(
    actor: Actor, server_id: str, rule_id: str, status: ActiveStatus, verb: str
) -> Rule:
    server, rule = _locked(server_id, rule_id)
    changes = apply_changes(rule, {"status": status})
    if not changes:
        return rule
    version = touch(server)
    if status == ActiveStatus.INACTIVE:
        _revoke(server, rule, version, "rule deactivated")
    rule.save()
    log_rule(verb, actor, server, rule, changes)
    return rule


@tested
def delete_rule(*, actor: Actor, server_id: str, rule_id: str) -> None:
    """Remove the rule; what was issued under it dies (R15)."""
    server, rule = _locked(server_id, rule_id)
    if rule.is_system:
        raise refuse("id", "is built in and can't be deleted")
    _revoke(server, rule, touch(server), "rule deleted")
    log_rule("delete", actor, server, rule, gone(rule, FIELDS))
    rule.delete()
    close_gap(_siblings(rule.policy))


@tested
def reorder_rules(
    *, actor: Actor, server_id: str, policy_id: str, rule_ids: Sequence[str]
) -> list[Rule]:
    """Put the policy's rules in this order, all of them at once; revokes nothing (R15)."""
    server = lock_server(server_id)
    policy = Policy.objects.get(pk=policy_id, server=server)
    moves = arrange(_siblings(policy), rule_ids)
    if moves:
        touch(server)
        moved = [rule_target(rule, {"priority": (before, rule.priority)}) for rule, before in moves]
        log_order("policy.rule.update", actor, server, moved)
    return list(_siblings(policy))


@transaction.atomic
def revoke_rule_tokens(*, actor: Actor, server_id: str, rule_id: str) -> Rule:
    """End every token issued under the rule at once (R18); nothing else of it changes."""
    server, rule = _locked(server_id, rule_id)
    _revoke(server, rule, touch(server, alone=True), "revoked")
    rule.save(update_fields=["epoch"])
    log_order("app.oauth2.as.token.revoke", actor, server, [rule_target(rule)])
    return rule


def _siblings(policy: Policy) -> QuerySet[Rule]:
    return Rule.objects.filter(policy=policy).order_by("priority", "pk")


def _locked(server_id: str, rule_id: str) -> tuple[AuthorizationServer, Rule]:
    server = lock_server(server_id)
    return server, Rule.objects.select_related("policy").get(pk=rule_id, policy__server=server)


def _revoke(server: AuthorizationServer, rule: Rule, version: int, cause: str) -> None:
    """The job's `epoch` is that of the state that ends: tokens that carry it are the dead ones."""
    reach = {"server": server.pk, "policy": rule.policy_id, "rule": rule.pk, "epoch": rule.epoch}
    rule.epoch = version
    enqueue(kind="rule", object_id=rule.pk, object_name=rule.name, cause=cause, scope=reach)


def _normal(fields: RuleFields) -> RuleFields:
    """The right types, and the conditions as they are stored."""
    check_types(Rule, fields)
    if "conditions" not in fields:
        return fields
    return {**fields, "conditions": normal_conditions(fields["conditions"])}


def _problems(rule: Rule, before: Sequence[dict[str, Any]]) -> list[Invalid]:
    return [
        *validate_rule_name(rule.name),
        *check_choice(rule.status, ActiveStatus, "status"),
        *check_unique(Rule.objects.filter(policy=rule.policy_id), rule),
        *condition_problems(rule.conditions, before),
        *lifetime_problems(rule),
        *hook_problems(rule.hook_id),
    ]


def lifetime_problems(rule: Rule) -> list[Invalid]:
    """What is wrong with a rule's lifetimes. The core names the fields as Okta does; here they are
    named as the row's."""
    found = validate_rule_lifetimes(*(getattr(rule, field) for field in LIFETIMES))
    names = {
        "accessTokenLifetimeMinutes": LIFETIMES[0],
        "refreshTokenLifetimeMinutes": LIFETIMES[1],
    }
    return [
        Invalid(names.get(problem.field, LIFETIMES[2]), problem.message, problem.limit)
        for problem in found
    ]
