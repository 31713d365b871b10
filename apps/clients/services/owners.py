"""Who may change a client beside superusers: the members of its owners that are administrators."""

from collections.abc import Iterable

from django.db import transaction

from apps.clients.models import Client
from apps.clients.services.versions import touch
from apps.clients.targets import lifecycle_entries
from apps.directory.owners import FIELD, replace_owners
from apps.directory.rows import lock, refuse
from apps.systemlog.entries import Actor
from apps.systemlog.record import record


@transaction.atomic
def set_client_owners(*, actor: Actor, client: Client, group_ids: Iterable[str]) -> Client:
    """Let exactly these groups own the client. No token stands on it. Raises InvalidError.

    A configuration client has no owner: who could make it a secret would have its rights (row 260).
    """
    row, wanted = lock(client), list(group_ids)
    if wanted and row.type == Client.Type.CONFIG:
        raise refuse(FIELD, "must not be given to a configuration client")
    if changes := replace_owners(row, wanted):
        touch(row)
        record(*lifecycle_entries("update", actor, row, changes))
    return row
