"""Token policies (R19). Any change but the title's ends the tokens issued under them (R15)."""

from secrets import randbits
from typing import TypedDict, Unpack

from django.db import transaction
from django.db.models import F

from apps.clients.models import Client, TokenPolicy
from apps.clients.services.guard import ensure_manageable_after
from apps.clients.targets import token_policy_target
from apps.directory.rows import Changes, assign, created, lock, lost, refuse, save, unique
from apps.systemlog.entries import Actor, Entry
from apps.systemlog.outbox import enqueue
from apps.systemlog.record import record
from authzsite.domain import limits
from authzsite.domain.validation import (
    Invalid,
    raise_if,
    validate_allowed_scopes,
    validate_config_lifetimes,
    validate_name,
)

EPOCH_BITS = 48


class TokenPolicyFields(TypedDict, total=False):
    """What can be given and changed; lifetimes in seconds."""

    title: str
    allowed_scopes: list[str]
    access_token_lifetime: int
    refresh_token_lifetime: int
    use_access_jwt: bool


@transaction.atomic
def create_token_policy(*, actor: Actor, **fields: Unpack[TokenPolicyFields]) -> TokenPolicy:
    """A new token policy."""
    policy = TokenPolicy(epoch=new_epoch())
    assign(policy, fields)
    raise_if(problems(policy))
    with unique("title"):
        policy.save(force_insert=True)
    _record("create", actor, policy, created(policy, TokenPolicyFields.__annotations__))
    return policy


@transaction.atomic
def update_token_policy(
    *, actor: Actor, policy: TokenPolicy, **fields: Unpack[TokenPolicyFields]
) -> TokenPolicy:
    """Change a policy; its clients' tokens die unless only the title changed. R23 is kept."""
    with ensure_manageable_after(field="allowed_scopes"):
        row = lock(policy)
        changes = assign(row, fields)
        if not changes:
            return row
        raise_if(problems(row))
        is_revoking = changes.keys() != {"title"}
        with unique("title"):
            save(row, changes, bump=("epoch",) if is_revoking else ())
        _record("update", actor, row, changes)
        row.clients.update(version=F("version") + 1)
        if is_revoking:
            _revoke(row)
    return row


@transaction.atomic
def delete_token_policy(*, actor: Actor, policy: TokenPolicy) -> None:
    """Remove a policy that no client uses; the refusal names the clients."""
    row = lock(policy)
    if users := list(row.clients.order_by("name").values_list("client_id", flat=True)):
        raise refuse("clients", f"must not use it: {', '.join(users)}")
    _record("delete", actor, row, lost(row, TokenPolicyFields.__annotations__))
    row.delete()


def problems(policy: TokenPolicy) -> list[Invalid]:
    """Everything wrong with the policy, by field."""
    scopes = policy.allowed_scopes
    if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in scopes):
        return [Invalid("allowed_scopes", "must be a list of texts")]
    return [
        *validate_name(policy.title, limits.TOKEN_POLICY_TITLE_LENGTH, field="title"),
        *validate_allowed_scopes(scopes, field="allowed_scopes"),
        *validate_config_lifetimes(
            policy.access_token_lifetime,
            policy.refresh_token_lifetime,
            access_field="access_token_lifetime",
            refresh_field="refresh_token_lifetime",
        ),
    ]


def new_epoch() -> int:
    """Where a policy begins to count: far from any server's versions and from other policies.

    A token's vector holds epochs of policies, rules, scopes and token policies in one set, so no
    two states of any of them may share a number.
    """
    return (1 << EPOCH_BITS) | randbits(EPOCH_BITS)


def _record(verb: str, actor: Actor, policy: TokenPolicy, changes: Changes | None = None) -> None:
    target = token_policy_target(policy, changes)
    record(Entry(f"token_policy.lifecycle.{verb}", actor, (target,)))


def _revoke(policy: TokenPolicy) -> None:
    clients = list(
        Client.objects.filter(token_policy=policy).order_by("pk").values_list("pk", flat=True)
    )
    enqueue(
        kind="token_policy",
        object_id=policy.pk,
        object_name=policy.title,
        cause="token_policy.lifecycle.update",
        scope={"token_policy": policy.pk, "clients": clients},
    )
