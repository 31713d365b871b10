"""Changes of scopes (R2).

A rename or deletion kills the tokens that carry the scope (R15); the rest nothing.
"""

from typing import Final, TypedDict, Unpack

from django.db import transaction

from apps.servers.models import AuthorizationServer, Scope
from apps.servers.services.rows import (
    Changes,
    apply_changes,
    check_choice,
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
from apps.servers.services.tested import tested
from apps.systemlog.entries import Actor, Target
from apps.systemlog.outbox import enqueue
from authzsite.domain.scopes import RESERVED_SCOPES
from authzsite.domain.validation import Invalid, raise_if, validate_description, validate_scope_name


class ScopeFields(TypedDict, total=False):
    """What an administrator may set."""

    name: str
    display_name: str
    description: str
    consent: str
    is_default: bool
    metadata_publish: str
    is_optional: bool


FIELDS: Final = tuple(ScopeFields.__annotations__)


@tested
def create_scope(*, actor: Actor, server_id: str, **fields: Unpack[ScopeFields]) -> Scope:
    """A new scope; adding one revokes nothing."""
    check_types(Scope, fields)
    server = lock_server(server_id)
    scope = Scope(server=server)
    apply_changes(scope, fields)
    raise_if(_problems(scope))
    scope.epoch = touch(server)
    scope.save(force_insert=True)
    _log(actor, "oauth2.scope.created", server, scope, made(scope, FIELDS))
    return scope


@tested
def update_scope(
    *, actor: Actor, server_id: str, scope_id: str, **fields: Unpack[ScopeFields]
) -> Scope:
    """Change the given fields.

    Rules and claims that name the scope keep the old name: see `used by` first.
    """
    check_types(Scope, fields)
    server = lock_server(server_id)
    scope = Scope.objects.get(pk=scope_id, server=server)
    old = scope.name
    changes = apply_changes(scope, fields)
    if scope.is_system and "name" in changes:
        raise refuse("name", "belongs to OpenID Connect and can't be changed")
    raise_if(_problems(scope))
    if not changes:
        return scope
    version = touch(server)
    if "name" in changes:
        _revoke(scope, old, "scope renamed")
        scope.epoch = version
    scope.save()
    _log(actor, "oauth2.scope.updated", server, scope, changes)
    return scope


@tested
def delete_scope(*, actor: Actor, server_id: str, scope_id: str) -> None:
    """Remove the scope; tokens that carry it die (R15)."""
    server = lock_server(server_id)
    scope = Scope.objects.get(pk=scope_id, server=server)
    if scope.is_system:
        raise refuse("id", "belongs to OpenID Connect and can't be deleted")
    touch(server)
    _revoke(scope, scope.name, "scope deleted")
    _log(actor, "oauth2.scope.deleted", server, scope, gone(scope, FIELDS))
    scope.delete()


@transaction.atomic
def revoke_scope_tokens(*, actor: Actor, server_id: str, scope_id: str) -> Scope:
    """End every token that carries the scope at once (R18); nothing else of it changes."""
    server = lock_server(server_id)
    scope = Scope.objects.get(pk=scope_id, server=server)
    version = touch(server, alone=True)
    _revoke(scope, scope.name, "revoked")
    scope.epoch = version
    scope.save(update_fields=["epoch"])
    _log(actor, "app.oauth2.as.token.revoke", server, scope, {})
    return scope


def _revoke(scope: Scope, name: str, cause: str) -> None:
    """`epoch` is that of the state that ends: tokens that carry it are the dead ones."""
    reach = {"server": scope.server_id, "scope": name, "epoch": scope.epoch}
    enqueue(kind="scope", object_id=scope.pk, object_name=name, cause=cause, scope=reach)


def _problems(scope: Scope) -> list[Invalid]:
    others = Scope.objects.filter(server=scope.server_id)
    problems = [
        *validate_scope_name(scope.name, is_system=scope.is_system),
        *validate_description(scope.description),
        *validate_description(scope.display_name, field="display_name"),
        *check_choice(scope.consent, Scope.Consent, "consent"),
        *check_choice(scope.metadata_publish, Scope.Publish, "metadata_publish"),
        *check_unique(others, scope),
    ]
    if scope.is_default and scope.name in RESERVED_SCOPES:
        problems.append(Invalid("is_default", "isn't possible for OpenID Connect's scopes"))
    return problems


def _log(
    actor: Actor, event_type: str, server: AuthorizationServer, scope: Scope, changes: Changes
) -> None:
    detail = {"OAuth2ScopeDescription": scope.description or None}
    target = Target(
        scope.pk, "OAuth2Scope", scope.name, scope.display_name or scope.name, detail, changes
    )
    log_change(event_type, actor=actor, server=server, targets=[target, server_target(server)])
