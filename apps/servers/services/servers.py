"""Changes of the authorization server itself (R1, R3, R15)."""

from collections.abc import Iterable
from typing import Any, Final, TypedDict, Unpack

from django.db import transaction
from django.db.models import TextChoices

from apps.clients.models import ActiveStatus, Client
from apps.directory.owners import replace_owners
from apps.servers.models import AuthorizationServer
from apps.servers.seeds import DEFAULT_SERVER_ID
from apps.servers.services.keys import replace_keys, start_keys
from apps.servers.services.rows import (
    Changes,
    all_of,
    apply_changes,
    check_choice,
    check_texts,
    check_types,
    check_unique,
    lock_installation,
    lock_server,
    log_change,
    made,
    refuse,
    server_target,
    touch,
)
from apps.servers.services.seeding import seed_claims, seed_scopes
from apps.servers.services.tested import tested
from apps.systemlog.entries import Actor
from apps.systemlog.ids import new_id
from apps.systemlog.outbox import enqueue
from authzsite.domain import limits
from authzsite.domain.validation import (
    Invalid,
    raise_if,
    validate_audience,
    validate_description,
    validate_name,
    validate_server_id,
)


class ServerFields(TypedDict, total=False):
    """What an administrator may set; `status` has services of its own."""

    name: str
    description: str
    audience: str
    scope_mode: str
    access_token_format: str
    signing_alg: str
    rotation_mode: str
    issuer_mode: str
    revoke_on_password_change: bool
    policy_test_mode: str
    second_person: bool


FIELDS: Final = tuple(ServerFields.__annotations__)
REVOKING: Final = frozenset({"audience", "scope_mode", "access_token_format"})  # R15
CHOICES: Final[dict[str, type[TextChoices]]] = {
    "scope_mode": AuthorizationServer.ScopeMode,
    "access_token_format": AuthorizationServer.TokenFormat,
    "signing_alg": AuthorizationServer.SigningAlg,
    "rotation_mode": AuthorizationServer.RotationMode,
    "issuer_mode": AuthorizationServer.IssuerMode,
    "policy_test_mode": AuthorizationServer.PolicyTestMode,
}


@transaction.atomic
def create_server(
    *, actor: Actor, server_id: str | None = None, **fields: Unpack[ServerFields]
) -> AuthorizationServer:
    """A new ACTIVE server with OpenID Connect's scopes and claims and its first keys.

    The id is chosen, or made.
    """
    check_types(AuthorizationServer, fields)
    start = lock_installation().first_version
    server = AuthorizationServer(id=server_id or new_id("aus"), version=start, epoch=start)
    apply_changes(server, fields)
    raise_if([*_id_problems(server), *_problems(server)])
    return write_server(actor, server)


def write_server(actor: Actor, server: AuthorizationServer) -> AuthorizationServer:
    """Write a valid new server with everything that comes with it; the installation is locked."""
    server.save(force_insert=True)
    seed_scopes(server)
    seed_claims(server)
    start_keys(server, server.version)
    log_change(
        "oauth2.as.created",
        actor=actor,
        server=server,
        targets=[server_target(server, made(server, FIELDS))],
    )
    return server


@transaction.atomic
def update_server(
    *, actor: Actor, server_id: str, **fields: Unpack[ServerFields]
) -> AuthorizationServer:
    """Change the given fields.

    Audience, scope mode and token format kill the server's tokens (R15); the rest nothing.
    """
    check_types(AuthorizationServer, fields)
    lock_installation()  # names are unique across servers
    return _update(actor=actor, server_id=server_id, fields=fields)


@tested  # the scope mode is part of what policies say
def _update(*, actor: Actor, server_id: str, fields: ServerFields) -> AuthorizationServer:
    server = lock_server(server_id)
    changes = apply_changes(server, fields)
    raise_if([*_organization_problems(server, changes), *_problems(server)])
    if not changes:
        return server
    version = touch(server)
    if REVOKING & changes.keys():
        _revoke(server, "server changed")
    server.save()
    if "signing_alg" in changes:
        replace_keys(actor, server, version)
    _log(actor, "oauth2.as.updated", server, changes)
    return server


@transaction.atomic
def activate_server(*, actor: Actor, server_id: str) -> AuthorizationServer:
    """Let clients use it again; tokens of before stay dead (R16)."""
    return _set_status(actor, server_id, ActiveStatus.ACTIVE, "oauth2.as.activated")


@transaction.atomic
def deactivate_server(*, actor: Actor, server_id: str) -> AuthorizationServer:
    """Nobody gets tokens from it, and its tokens die (R15)."""
    return _set_status(actor, server_id, ActiveStatus.INACTIVE, "oauth2.as.deactivated")


def _set_status(
    actor: Actor, server_id: str, status: ActiveStatus, event_type: str
) -> AuthorizationServer:
    server = lock_server(server_id)
    changes = apply_changes(server, {"status": status})
    if not changes:
        return server
    touch(server)
    if status == ActiveStatus.INACTIVE:
        _revoke(server, "server deactivated")
    server.save()
    _log(actor, event_type, server, changes)
    return server


@transaction.atomic
def delete_server(*, actor: Actor, server_id: str) -> None:
    """Remove the server with its scopes, claims, policies and keys; its tokens die (R15)."""
    installation = lock_installation()
    server = lock_server(server_id)
    if server.is_organization or server.pk == DEFAULT_SERVER_ID:
        raise refuse("id", "is built in and can't be deleted; it can be deactivated")
    touch(server)
    _revoke(server, "server deleted")
    # Above every version and epoch it had: a server made anew under this id revives nothing (R16).
    installation.first_version = max(
        installation.first_version, server.version + 1, server.epoch + 1
    )
    installation.save(update_fields=["first_version"])
    lost: Changes = {name: (value, None) for name, value in all_of(server).items()}
    _log(actor, "oauth2.as.deleted", server, lost)
    server.delete()


@transaction.atomic
def set_resource_servers(
    *, actor: Actor, server_id: str, client_ids: Iterable[str]
) -> AuthorizationServer:
    """The clients (row ids) that are the protected API and may introspect any token of the server
    (R4a).
    """
    server = lock_server(server_id)
    before = sorted(server.resource_servers.values_list("id", flat=True))
    after = sorted(set(client_ids))
    check_texts(after, "resource_servers")
    known = set(Client.objects.filter(pk__in=after).values_list("id", flat=True))
    raise_if(
        Invalid("resource_servers", f"names no client: {client_id}")
        for client_id in after
        if client_id not in known
    )
    if before == after:
        return server
    touch(server)
    server.resource_servers.set(Client.objects.filter(pk__in=after))
    _log(actor, "oauth2.as.updated", server, {"resource_servers": (before, after)})
    return server


@transaction.atomic
def set_server_owners(
    *, actor: Actor, server_id: str, group_ids: Iterable[str]
) -> AuthorizationServer:
    """Let exactly these groups own the server: their administrators may change it. No token stands
    on it. Raises InvalidError.
    """
    server = lock_server(server_id)
    if changes := replace_owners(server, group_ids):
        touch(server)
        _log(actor, "oauth2.as.updated", server, changes)
    return server


def _revoke(server: AuthorizationServer, cause: str) -> None:
    """Every token of the server dies with the commit; the job only tidies up."""
    server.epoch += 1
    AuthorizationServer.objects.filter(pk=server.pk).update(epoch=server.epoch)
    enqueue(
        kind="as",
        object_id=server.pk,
        object_name=server.name,
        cause=cause,
        scope={"server": server.pk},
    )


def _log(actor: Actor, event_type: str, server: AuthorizationServer, changes: Changes) -> None:
    debug = {"defaultAuthorizationServer": server.pk == DEFAULT_SERVER_ID}
    log_change(
        event_type,
        actor=actor,
        server=server,
        targets=[server_target(server, changes)],
        debug=debug,
    )


def _id_problems(server: AuthorizationServer) -> list[Invalid]:
    if problems := validate_server_id(server.pk):
        return problems
    is_taken = AuthorizationServer.objects.filter(pk=server.pk).exists()
    return [Invalid("id", "is already in use")] if is_taken else []


def _problems(server: AuthorizationServer) -> list[Invalid]:
    return [
        *validate_name(server.name, limits.SERVER_NAME_LENGTH),
        *validate_description(server.description),
        *validate_audience(server.audience, field="audience"),
        *(
            problem
            for field, choices in CHOICES.items()
            for problem in check_choice(getattr(server, field), choices, field)
        ),
        *check_unique(AuthorizationServer.objects.all(), server),
    ]


def _organization_problems(server: AuthorizationServer, changes: dict[str, Any]) -> list[Invalid]:
    """R19 fixes what kind of server issues configuration tokens."""
    if not server.is_organization:
        return []
    fixed = sorted(changes.keys() & {"scope_mode", "access_token_format"})
    return [Invalid(field, "is fixed for the organisation's own server") for field in fixed]
