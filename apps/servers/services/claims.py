"""Changes of claims. They change what later tokens say and revoke nothing (R15)."""

from collections.abc import Sequence
from typing import Final, TypedDict, Unpack

from django.db import transaction

from apps.clients.models import ActiveStatus
from apps.servers.models import AuthorizationServer, Claim
from apps.servers.services.rows import (
    Changes,
    apply_changes,
    check_choice,
    check_texts,
    check_types,
    check_unique,
    gone,
    lock_server,
    log_change,
    made,
    refuse,
    server_target,
    touch,
)
from apps.systemlog.entries import Actor, Target
from authzsite.domain.expressions import ExpressionError, compile_expression
from authzsite.domain.group_filters import filter_problem
from authzsite.domain.protected_claims import is_reserved
from authzsite.domain.scopes import is_scope_token
from authzsite.domain.system_claims import SYSTEM_CLAIMS
from authzsite.domain.validation import Invalid, raise_if, validate_claim_name


class ClaimFields(TypedDict, total=False):
    """What an administrator may set; `scopes` are names, empty = whatever the scopes."""

    name: str
    claim_type: str
    value_type: str
    value: str
    group_filter_type: str
    scopes: Sequence[str]
    always_include_in_token: bool
    status: str


FIELDS: Final = tuple(ClaimFields.__annotations__)


@transaction.atomic
def create_claim(*, actor: Actor, server_id: str, **fields: Unpack[ClaimFields]) -> Claim:
    """A new claim of ID tokens (IDENTITY) or access tokens (RESOURCE)."""
    server = lock_server(server_id)
    claim = Claim(server=server)
    apply_changes(claim, _normal(fields))
    _complete(claim)
    raise_if(_problems(claim))
    touch(server)
    claim.save(force_insert=True)
    _log(actor, "oauth2.claim.created", server, claim, made(claim, FIELDS))
    return claim


@transaction.atomic
def update_claim(
    *, actor: Actor, server_id: str, claim_id: str, **fields: Unpack[ClaimFields]
) -> Claim:
    """Change the given fields. Seeded claims keep name and token, their value is editable (R12)."""
    server = lock_server(server_id)
    claim = Claim.objects.get(pk=claim_id, server=server)
    changes = apply_changes(claim, _normal(fields))
    if claim.is_system and (fixed := sorted(changes.keys() & {"name", "claim_type"})):
        raise refuse(fixed[0], "of a built-in claim can't be changed")
    _complete(claim)
    raise_if(_problems(claim))
    if not changes:
        return claim
    touch(server)
    claim.save()
    _log(actor, "oauth2.claim.updated", server, claim, changes)
    return claim


@transaction.atomic
def delete_claim(*, actor: Actor, server_id: str, claim_id: str) -> None:
    """Remove the claim from later tokens."""
    server = lock_server(server_id)
    claim = Claim.objects.get(pk=claim_id, server=server)
    if claim.is_system:
        raise refuse("id", "is built in and can't be deleted; it can be deactivated")
    touch(server)
    _log(actor, "oauth2.claim.deleted", server, claim, gone(claim, FIELDS))
    claim.delete()


def _normal(fields: ClaimFields) -> ClaimFields:
    """The right types, and the scopes sorted without repeats."""
    check_types(Claim, fields)
    if "scopes" not in fields:
        return fields
    check_texts(fields["scopes"], "scopes")
    return {**fields, "scopes": sorted(set(fields["scopes"]))}


def _complete(claim: Claim) -> None:
    """What follows from the kind: access tokens always hold their claims; a filter type is for
    groups only.
    """
    if claim.claim_type == Claim.ClaimType.RESOURCE:
        claim.always_include_in_token = True
    if claim.value_type != Claim.ValueType.GROUPS:
        claim.group_filter_type = ""


def _problems(claim: Claim) -> list[Invalid]:
    others = Claim.objects.filter(server=claim.server_id, claim_type=claim.claim_type)
    return [
        *validate_claim_name(claim.name),
        *check_choice(claim.claim_type, Claim.ClaimType, "claim_type"),
        *check_choice(claim.value_type, Claim.ValueType, "value_type"),
        *check_choice(claim.status, ActiveStatus, "status"),
        *check_unique(others, claim),
        *_meaning_problems(claim),
    ]


def _meaning_problems(claim: Claim) -> list[Invalid]:
    """Names that only the server writes, scopes that can't be any, values without a meaning."""
    problems = [
        Invalid("scopes", f"holds no scope: {name[:80]}")
        for name in claim.scopes
        if not is_scope_token(name)
    ]
    if is_reserved(claim.claim_type, claim.name):
        problems.append(Invalid("name", "is a claim that only the server writes"))
    return problems + _value_problems(claim)


def _value_problems(claim: Claim) -> list[Invalid]:
    if claim.value_type == Claim.ValueType.EXPRESSION:
        compiled = compile_expression(claim.value)
        return [Invalid("value", str(compiled))] if isinstance(compiled, ExpressionError) else []
    if claim.value_type == Claim.ValueType.GROUPS:
        problem = filter_problem(claim.group_filter_type, claim.value)
        return [Invalid("value", problem)] if problem else []
    is_known = claim.name in SYSTEM_CLAIMS and claim.claim_type == Claim.ClaimType.IDENTITY
    return [] if is_known else [Invalid("value_type", "is for OpenID Connect's own claims only")]


def _log(
    actor: Actor, event_type: str, server: AuthorizationServer, claim: Claim, changes: Changes
) -> None:
    detail = {
        "OAuth2ClaimClaimType": claim.claim_type,
        "OAuth2ClaimValueType": claim.value_type,
        "OAuth2ClaimValue": claim.value or None,
        "OAuth2ClaimGroupFilterType": claim.group_filter_type or None,
        "OAuth2ClaimSystem": claim.is_system,
    }
    target = Target(claim.pk, "OAuth2Claim", claim.name, claim.name, detail, changes)
    log_change(event_type, actor=actor, server=server, targets=[target, server_target(server)])
