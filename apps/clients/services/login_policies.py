"""Login policies (as Identity Cloud's): title, login URL and custom claims can be changed, the
identity store is for good."""

import hmac
import re
from collections.abc import Iterator
from typing import Any, Final, TypedDict, Unpack

from django.db import transaction

from apps.clients.models import LoginPolicy
from apps.clients.targets import login_policy_target
from apps.directory.rows import Changes, assign, created, lock, lost, refuse, save, unique
from apps.directory.sealing import Unopenable, seal, unseal
from apps.systemlog.entries import Actor, Entry
from apps.systemlog.record import record
from authzsite.domain import limits
from authzsite.domain.protected_claims import IDENTITY, is_reserved
from authzsite.domain.validation import (
    Invalid,
    raise_if,
    validate_claim_name,
    validate_name,
    validate_web_uri,
)

STORE_TYPE: Final = "janrainCapture"  # the only one there is
USERINFO: Final = "userinfo"
_PATH: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")


class LoginPolicyFields(TypedDict, total=False):
    """What can be given and changed."""

    title: str
    login_url: str
    custom_claims: dict[str, dict[str, str]]


class IdentityStore(TypedDict):
    """What is given at creation and never again; the owner's secret goes another way."""

    store_type: str
    store_domain: str
    application_id: str
    entity_type: str
    owner_client_id: str


@transaction.atomic
def create_login_policy(
    *, actor: Actor, store: IdentityStore, owner_secret: str, **fields: Unpack[LoginPolicyFields]
) -> LoginPolicy:
    """A new login policy; the secret is sealed before it is stored. Raises InvalidError."""
    policy = LoginPolicy()
    assign(policy, {**fields, **store})
    policy.sealed_owner_secret = seal(owner_secret.encode(), _context(policy))
    raise_if([*problems(policy), *_secret_problems(owner_secret)])
    with unique("title"):
        policy.save(force_insert=True)
    names = (*LoginPolicyFields.__annotations__, *IdentityStore.__annotations__)
    _record("create", actor, policy, created(policy, names))
    return policy


@transaction.atomic
def update_login_policy(
    *, actor: Actor, policy: LoginPolicy, **fields: Unpack[LoginPolicyFields]
) -> LoginPolicy:
    """Change a policy, for every client that uses it at once. No token stands on it."""
    row = lock(policy)
    if changes := assign(row, fields):
        raise_if(problems(row))
        with unique("title"):
            save(row, changes)
        _record("update", actor, row, changes)
    return row


@transaction.atomic
def delete_login_policy(*, actor: Actor, policy: LoginPolicy) -> None:
    """Remove a policy that no client uses; the refusal names the clients."""
    row = lock(policy)
    if users := list(row.clients.order_by("name").values_list("client_id", flat=True)):
        raise refuse("clients", f"must not use it: {', '.join(users)}")
    names = (*LoginPolicyFields.__annotations__, *IdentityStore.__annotations__)
    _record("delete", actor, row, lost(row, names))
    row.delete()


def owner_secret_is(policy: LoginPolicy, text: str) -> bool:
    """Whether this is the secret that the policy was made with."""
    try:
        kept = unseal(bytes(policy.sealed_owner_secret), _context(policy))
    except Unopenable:
        return False
    return hmac.compare_digest(kept, text.encode())


def problems(policy: LoginPolicy) -> list[Invalid]:
    """Everything wrong with the policy, by field."""
    found = [
        *validate_name(policy.title, limits.LOGIN_POLICY_TITLE_LENGTH, field="title"),
        *validate_web_uri(policy.login_url, field="login_url"),
        *_claim_problems(policy.custom_claims),
    ]
    if policy.store_type != STORE_TYPE:
        found.append(Invalid("store_type", f"must be {STORE_TYPE}"))
    for name in ("store_domain", "application_id", "entity_type", "owner_client_id"):
        found += validate_name(getattr(policy, name), limits.STORE_MEMBER_LENGTH, field=name)
    return found


def _claim_problems(claims: Any) -> Iterator[Invalid]:
    """A map of claims to attribute paths, below `userinfo`; never a claim of the server's own."""
    mapped = claims.get(USERINFO, {}) if isinstance(claims, dict) else None
    if not isinstance(mapped, dict) or set(claims) - {USERINFO}:
        yield Invalid("custom_claims", "must be a map below userinfo and nothing else")
        return
    if len(mapped) > limits.MAX_CUSTOM_CLAIMS:
        yield Invalid("custom_claims", "has too many claims", limits.MAX_CUSTOM_CLAIMS)
        return
    for name, path in mapped.items():
        yield from validate_claim_name(name, field="custom_claims")
        if is_reserved(IDENTITY, name):
            yield Invalid("custom_claims", f"must not define {name[:80]!r}, the server's own")
        if not _is_path(path):
            yield Invalid("custom_claims", f"maps {name[:80]!r} to what is no attribute path")


def _is_path(path: Any) -> bool:
    is_short = isinstance(path, str) and len(path) <= limits.MAX_ATTRIBUTE_PATH_LENGTH
    return is_short and _PATH.fullmatch(path) is not None


def _secret_problems(secret: str) -> list[Invalid]:
    smallest, largest = limits.STORE_MEMBER_LENGTH
    if smallest <= len(secret) <= largest:
        return []
    message = f"must have {smallest} to {largest} characters"
    return [Invalid("owner_secret", message, limits.STORE_MEMBER_LENGTH)]


def _context(policy: LoginPolicy) -> bytes:
    return f"owner secret of login policy {policy.pk}".encode()


def _record(verb: str, actor: Actor, policy: LoginPolicy, changes: Changes | None = None) -> None:
    target = login_policy_target(policy, changes)
    record(Entry(f"login_policy.lifecycle.{verb}", actor, (target,)))
