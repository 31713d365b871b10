"""Changes of policies (R8).

Deactivating, deleting, or another list of clients kills what was issued under it (R15).
"""

from collections.abc import Sequence
from typing import Final, TypedDict, Unpack

from django.db import transaction
from django.db.models import QuerySet

from apps.clients.models import ActiveStatus, Client
from apps.policies.models import ALL_CLIENTS, Policy
from apps.policies.services.log import log_order, log_policy, policy_target
from apps.policies.services.ordering import arrange, close_gap, place
from apps.servers.models import AuthorizationServer
from apps.servers.services.rows import (
    apply_changes,
    check_choice,
    check_texts,
    check_types,
    check_unique,
    gone,
    lock_server,
    made,
    refuse,
    touch,
    with_rules,
)
from apps.servers.services.tested import tested
from apps.systemlog.entries import Actor
from apps.systemlog.outbox import enqueue
from authzsite.domain import limits
from authzsite.domain.validation import (
    Invalid,
    raise_if,
    validate_description,
    validate_policy_name,
)


class PolicyFields(TypedDict, total=False):
    """What an administrator may set; `clients` holds client row ids, or ALL_CLIENTS alone."""

    name: str
    description: str
    clients: Sequence[str]


FIELDS: Final = (*PolicyFields.__annotations__, "status", "priority")


@tested
def create_policy(
    *,
    actor: Actor,
    server_id: str,
    priority: int | None = None,
    status: str = ActiveStatus.ACTIVE,
    **fields: Unpack[PolicyFields],
) -> Policy:
    """A new policy at `priority` (none = last); adding one revokes nothing."""
    server = lock_server(server_id)
    policy = Policy(server=server, status=status, priority=0)
    apply_changes(policy, _normal(fields))
    policy.description = policy.description or policy.name
    raise_if(_problems(policy, set()))
    policy.epoch = touch(server)
    policy.save(force_insert=True)
    place(_siblings(server), policy, priority)
    log_policy("create", actor, server, policy, made(policy, FIELDS))
    return policy


@tested
def update_policy(
    *,
    actor: Actor,
    server_id: str,
    policy_id: str,
    priority: int | None = None,
    **fields: Unpack[PolicyFields],
) -> Policy:
    """Change the given fields, and the place when `priority` is given (which revokes nothing)."""
    server, policy = _locked(server_id, policy_id)
    known, old_priority = set(policy.clients), policy.priority
    changes = apply_changes(policy, _normal(fields))
    raise_if(_problems(policy, known))
    if (
        priority is not None
        and place(_siblings(server), policy, priority)
        and policy.priority != old_priority
    ):
        changes["priority"] = (old_priority, policy.priority)
    if not changes:
        return policy
    version = touch(server)
    if "clients" in changes:
        _revoke(policy, version, "policy changed")
    policy.save()
    log_policy("update", actor, server, policy, changes)
    return policy


@tested
def activate_policy(*, actor: Actor, server_id: str, policy_id: str) -> Policy:
    """Consider it again; tokens of before stay dead (R16)."""
    return _set_status(actor, server_id, policy_id, ActiveStatus.ACTIVE, "activate")


@tested
def deactivate_policy(*, actor: Actor, server_id: str, policy_id: str) -> Policy:
    """Never consider it; what was issued under it dies (R15)."""
    return _set_status(actor, server_id, policy_id, ActiveStatus.INACTIVE, "deactivate")


def _set_status(
    actor: Actor, server_id: str, policy_id: str, status: ActiveStatus, verb: str
) -> Policy:
    server, policy = _locked(server_id, policy_id)
    changes = apply_changes(policy, {"status": status})
    if not changes:
        return policy
    version = touch(server)
    if status == ActiveStatus.INACTIVE:
        _revoke(policy, version, "policy deactivated")
    policy.save()
    log_policy(verb, actor, server, policy, changes)
    return policy


@tested
def delete_policy(*, actor: Actor, server_id: str, policy_id: str) -> None:
    """Remove the policy with its rules; what was issued under it dies (R15)."""
    server, policy = _locked(server_id, policy_id)
    if policy.is_system:
        raise refuse("id", "is built in and can't be deleted")
    _revoke(policy, touch(server), "policy deleted")
    lost = {**gone(policy, FIELDS), "rules": (with_rules(policy)["rules"], None)}
    log_policy("delete", actor, server, policy, lost)
    policy.delete()
    close_gap(_siblings(server))


@tested
def reorder_policies(*, actor: Actor, server_id: str, policy_ids: Sequence[str]) -> list[Policy]:
    """Put the server's policies in this order, all of them at once; revokes nothing (R15)."""
    server = lock_server(server_id)
    moves = arrange(_siblings(server), policy_ids)
    if moves:
        touch(server)
        moved = [
            policy_target(policy, {"priority": (before, policy.priority)})
            for policy, before in moves
        ]
        log_order("policy.lifecycle.update", actor, server, moved)
    return list(_siblings(server))


@transaction.atomic
def revoke_policy_tokens(*, actor: Actor, server_id: str, policy_id: str) -> Policy:
    """End every token issued under the policy at once (R18); nothing else of it changes."""
    server, policy = _locked(server_id, policy_id)
    _revoke(policy, touch(server, alone=True), "revoked")
    policy.save(update_fields=["epoch"])
    log_order("app.oauth2.as.token.revoke", actor, server, [policy_target(policy)])
    return policy


def _siblings(server: AuthorizationServer) -> QuerySet[Policy]:
    return Policy.objects.filter(server=server).order_by("priority", "pk")


def _locked(server_id: str, policy_id: str) -> tuple[AuthorizationServer, Policy]:
    server = lock_server(server_id)
    return server, Policy.objects.get(pk=policy_id, server=server)


def _revoke(policy: Policy, version: int, cause: str) -> None:
    """The job's `epoch` is that of the state that ends: tokens that carry it are the dead ones."""
    reach = {"server": policy.server_id, "policy": policy.pk, "epoch": policy.epoch}
    policy.epoch = version
    enqueue(kind="policy", object_id=policy.pk, object_name=policy.name, cause=cause, scope=reach)


def _normal(fields: PolicyFields) -> PolicyFields:
    """The client list sorted, without repeats, and ALL_CLIENTS alone when it is among them: one
    spelling per meaning.
    """
    check_types(Policy, fields)
    if "clients" not in fields:
        return fields
    check_texts(fields["clients"], "clients")
    names = sorted(set(fields["clients"]))
    return {**fields, "clients": [ALL_CLIENTS] if ALL_CLIENTS in names else names}


def _problems(policy: Policy, known: set[str]) -> list[Invalid]:
    """`known` are the clients it already names: one that was deleted meanwhile doesn't stop a
    change.
    """
    return [
        *validate_policy_name(policy.name),
        *validate_description(policy.description),
        *check_choice(policy.status, ActiveStatus, "status"),
        *check_unique(Policy.objects.filter(server=policy.server_id), policy),
        *_client_problems(policy.clients, known),
    ]


def _client_problems(clients: Sequence[str], known: set[str]) -> list[Invalid]:
    if len(clients) > limits.MAX_LIST_LENGTH:
        return [Invalid("clients", "has too many entries", limits.MAX_LIST_LENGTH)]
    new = set(clients) - known - {ALL_CLIENTS}
    missing = new - set(Client.objects.filter(pk__in=new).values_list("id", flat=True))
    return [Invalid("clients", f"names no client: {client_id}") for client_id in sorted(missing)]
