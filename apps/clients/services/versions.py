"""The two counters of a client: `version` for every change, `epoch` for those that revoke (R15)."""

from django.db.models import F
from django.utils import timezone

from apps.clients.models import Client
from apps.systemlog.outbox import enqueue


def touch(client: Client) -> None:
    """Count the version up after a change of secrets or assignments; locks the client's row."""
    Client.objects.filter(pk=client.pk).update(
        version=F("version") + 1, last_updated=timezone.now()
    )


def revoke_client(client: Client, cause: str, *, is_counted: bool = False) -> None:
    """End every token of the client: epoch, unless the caller has counted it, and outbox row."""
    if not is_counted:
        Client.objects.filter(pk=client.pk).update(epoch=F("epoch") + 1)
    enqueue(
        kind="client",
        object_id=client.pk,
        object_name=client.name,
        cause=cause,
        scope={"client": client.pk},
    )
