"""Carrying out changes of authorization servers, scopes and claims."""

from typing import Any, Final

from apps.management.configuration.carrier import Carrier, columns
from apps.management.configuration.plan import Change
from apps.servers import services
from apps.servers.models import Claim, Scope

SECOND_PERSON: Final = "secondPerson"


def create_server(run: Carrier, change: Change) -> None:
    """A new server with its first keys."""
    server_id, fields = change.item.key[0], _fields(change)
    for name in ("name", "audience"):
        fields.setdefault(name, "")
    services.create_server(actor=run.actor, server_id=server_id, **fields)
    _set_others(run, change)


def update_server(run: Carrier, change: Change) -> None:
    """Its settings."""
    if fields := _fields(change):
        services.update_server(actor=run.actor, server_id=change.item.key[0], **fields)
    _set_others(run, change)


def finish_server(run: Carrier, change: Change) -> None:
    """A second person behind changes: from the next one on."""
    if change.fields.get(SECOND_PERSON, (None, None))[1]:
        server_id = change.item.key[0]
        services.update_server(actor=run.actor, server_id=server_id, second_person=True)


def _fields(change: Change) -> dict[str, Any]:
    """Those that are set at the beginning: status and a new wish for a second person come later."""
    late = {"status"}
    if change.fields.get(SECOND_PERSON, (None, None))[1]:
        late.add(SECOND_PERSON)
    return columns(change.item, change.fields.keys() - late)


def _set_others(run: Carrier, change: Change) -> None:
    """Status, resource servers and owners, which have services of their own."""
    server_id = change.item.key[0]
    before, after = change.fields.get("status", (None, None))
    if after is not None and after != (before or "ACTIVE"):
        is_active = after == "ACTIVE"
        move = services.activate_server if is_active else services.deactivate_server
        move(actor=run.actor, server_id=server_id)
    if "resourceServers" in change.fields:
        ids = run.client_ids(change.item.values["resourceServers"])
        services.set_resource_servers(actor=run.actor, server_id=server_id, client_ids=ids)
    if "owners" in change.fields:
        groups = run.group_ids(change.item.values["owners"])
        services.set_server_owners(actor=run.actor, server_id=server_id, group_ids=groups)


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
