"""Servers, their scopes and claims."""

from typing import Any, Final

from django.utils.translation import gettext as _

from apps.clients.models import ActiveStatus, Client
from apps.directory.models import Group
from apps.directory.owners import FIELD as OWNERS
from apps.oauth.putback.keeper import Keeper, Put, Values, chosen, finder, known
from apps.oauth.putback.policies import make_policy
from apps.servers import services
from apps.servers.models import AuthorizationServer, Claim, Scope
from apps.servers.services.claims import FIELDS as CLAIM
from apps.servers.services.rows import content, settings_of
from apps.servers.services.scopes import FIELDS as SCOPE
from apps.servers.services.servers import FIELDS as SERVER

RESOURCE_SERVERS: Final = "resource_servers"


def update_server(put: Put, row: AuthorizationServer, values: Values) -> None:
    """Settings, the API's clients, owners, then the status."""
    key: dict[str, Any] = {"actor": put.actor, "server_id": row.pk}
    if fields := chosen(values, SERVER):
        services.update_server(**key, **fields)
    if RESOURCE_SERVERS in values:
        clients = known(Client, values[RESOURCE_SERVERS] or [])
        services.set_resource_servers(**key, client_ids=[one.pk for one in clients])
    if OWNERS in values:
        groups = known(Group, values[OWNERS] or [])
        services.set_server_owners(**key, group_ids=[one.pk for one in groups])
    if values.get("status") == ActiveStatus.ACTIVE:
        services.activate_server(**key)
    elif values.get("status"):
        services.deactivate_server(**key)


def make_server(put: Put, values: Values) -> AuthorizationServer:
    """Under its old id, above every version it had (R16), with new keys and all its parts."""
    fields = chosen(values, SERVER)
    server = services.create_server(actor=put.actor, server_id=put.object_id, **fields)
    put.note(_("It gets new signing keys: what the old ones signed stays dead."))
    _scopes(put, server, values.get("scopes", []))
    _claims(put, server, values.get("claims", []))
    for policy in values.get("policies", []):
        make_policy(put, server.pk, policy)
    rest = {name: values[name] for name in (RESOURCE_SERVERS, OWNERS) if values.get(name)}
    is_inactive = values.get("status") == ActiveStatus.INACTIVE
    update_server(put, server, rest | ({"status": "INACTIVE"} if is_inactive else {}))
    return server


def _scopes(put: Put, server: AuthorizationServer, wanted: list[Values]) -> None:
    """Seeded ones are there already."""
    there = {one.name: one for one in server.scopes.all()}
    key: dict[str, Any] = {"actor": put.actor, "server_id": server.pk}
    for values in wanted:
        fields = chosen(values, SCOPE)
        if row := there.get(values["name"]):
            services.update_scope(**key, scope_id=row.pk, **fields)
        else:
            services.create_scope(**key, **fields)


def _claims(put: Put, server: AuthorizationServer, wanted: list[Values]) -> None:
    there = {(one.claim_type, one.name): one for one in server.claims.all()}
    key: dict[str, Any] = {"actor": put.actor, "server_id": server.pk}
    for values in wanted:
        fields = chosen(values, CLAIM)
        if row := there.get((values["claim_type"], values["name"])):
            services.update_claim(**key, claim_id=row.pk, **fields)
        else:
            services.create_claim(**key, **fields)


def update_scope(put: Put, row: Scope, values: Values) -> None:
    """Another name ends tokens, as any rename (R15)."""
    fields = chosen(values, SCOPE)
    services.update_scope(actor=put.actor, server_id=row.server_id, scope_id=row.pk, **fields)


def make_scope(put: Put, values: Values) -> Scope:
    """A new scope of the same name."""
    fields = chosen(values, SCOPE)
    return services.create_scope(actor=put.actor, server_id=put.server_id, **fields)


def update_claim(put: Put, row: Claim, values: Values) -> None:
    """What later tokens say."""
    fields = chosen(values, CLAIM)
    services.update_claim(actor=put.actor, server_id=row.server_id, claim_id=row.pk, **fields)


def make_claim(put: Put, values: Values) -> Claim:
    """A new claim of the same name."""
    fields = chosen(values, CLAIM)
    return services.create_claim(actor=put.actor, server_id=put.server_id, **fields)


KEEPERS: Final = {
    "AuthorizationServer": Keeper(
        finder(AuthorizationServer),
        settings_of,
        update_server,
        make_server,
        change="servers.change_authorizationserver",
    ),
    "OAuth2Scope": Keeper(
        finder(Scope), content, update_scope, make_scope, change="servers.change_scope"
    ),
    "OAuth2Claim": Keeper(
        finder(Claim), content, update_claim, make_claim, change="servers.change_claim"
    ),
}
