"""Carrying out changes of authorization servers, scopes and claims."""

from apps.management.configuration.carrier import Carrier, columns
from apps.management.configuration.plan import Change
from apps.servers import services
from apps.servers.models import Claim, Scope


def create_server(run: Carrier, change: Change) -> None:
    """A new server with its first keys."""
    server_id, fields = change.item.key[0], columns(change.item, change.fields.keys() - {"status"})
    for name in ("name", "audience"):
        fields.setdefault(name, "")
    services.create_server(actor=run.actor, server_id=server_id, **fields)
    _finish_server(run, change)


def update_server(run: Carrier, change: Change) -> None:
    """Its settings."""
    fields = columns(change.item, change.fields.keys() - {"status"})
    if fields:
        services.update_server(actor=run.actor, server_id=change.item.key[0], **fields)
    _finish_server(run, change)


def _finish_server(run: Carrier, change: Change) -> None:
    """Status and resource servers."""
    server_id = change.item.key[0]
    before, after = change.fields.get("status", (None, None))
    if after is not None and after != (before or "ACTIVE"):
        is_active = after == "ACTIVE"
        move = services.activate_server if is_active else services.deactivate_server
        move(actor=run.actor, server_id=server_id)
    if "resourceServers" in change.fields:
        ids = run.client_ids(change.item.values["resourceServers"])
        services.set_resource_servers(actor=run.actor, server_id=server_id, client_ids=ids)


def delete_server(run: Carrier, change: Change) -> None:
    """Away with it."""
    services.delete_server(actor=run.actor, server_id=change.item.key[0])


def create_scope(run: Carrier, change: Change) -> None:
    """A new scope."""
    fields = columns(change.item, change.fields)
    services.create_scope(actor=run.actor, server_id=change.parents[0].key[0], **fields)


def update_scope(run: Carrier, change: Change) -> None:
    """Its other members; another name is another scope."""
    row = _scope(change)
    fields = columns(change.item, change.fields)
    services.update_scope(actor=run.actor, server_id=row.server_id, scope_id=row.pk, **fields)


def delete_scope(run: Carrier, change: Change) -> None:
    """Away with it."""
    row = _scope(change)
    services.delete_scope(actor=run.actor, server_id=row.server_id, scope_id=row.pk)


def create_claim(run: Carrier, change: Change) -> None:
    """A new claim."""
    fields = columns(change.item, change.fields)
    services.create_claim(actor=run.actor, server_id=change.parents[0].key[0], **fields)


def update_claim(run: Carrier, change: Change) -> None:
    """What it says and when."""
    row = _claim(change)
    fields = columns(change.item, change.fields)
    services.update_claim(actor=run.actor, server_id=row.server_id, claim_id=row.pk, **fields)


def delete_claim(run: Carrier, change: Change) -> None:
    """Away with it."""
    row = _claim(change)
    services.delete_claim(actor=run.actor, server_id=row.server_id, claim_id=row.pk)


def _scope(change: Change) -> Scope:
    return Scope.objects.get(server=change.parents[0].key[0], name=change.item.key[0])


def _claim(change: Change) -> Claim:
    name, claim_type = change.item.key
    return Claim.objects.get(server=change.parents[0].key[0], name=name, claim_type=claim_type)
