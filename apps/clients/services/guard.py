"""R23: some configuration client must always be able to manage clients and token policies."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from django.utils import timezone

from apps.clients.models import ActiveStatus, Client
from apps.directory.rows import refuse
from authzsite.domain.api_scopes import permits
from authzsite.domain.lifetimes import is_dead

REFUSAL: Final = (
    "would leave no configuration client that can manage clients and token policies; "
    "prepare another one first"
)


@contextmanager
def ensure_manageable_after(*, field: str = "status", is_concerned: bool = True) -> Iterator[None]:
    """Refuse the change made inside when it takes the last configuration client that manages all.

    Enter it before any row is locked: it locks the configuration clients in the order of their
    ids, so that of two such changes at once the second sees the first.
    """
    was_manageable = is_concerned and _is_manageable(_locked())
    yield
    if was_manageable and not _is_manageable(_configuration_clients()):
        raise refuse(field, REFUSAL)


def manages_configuration(client: Client) -> bool:
    """Whether this client's tokens could create, repair and replace clients and token policies."""
    policy = client.token_policy
    if policy is None or client.status != ActiveStatus.ACTIVE or not _can_authenticate(client):
        return False
    needed = (
        ("POST", "config", "clients"),
        ("PUT", "config", "clients", client.client_id),
        ("POST", "config", "clients", client.client_id, "secret"),
        ("POST", "config", "tokenPolicies"),
        ("PUT", "config", "tokenPolicies", policy.pk),
    )
    return all(permits(policy.allowed_scopes, method, path) for method, *path in needed)


def _can_authenticate(client: Client) -> bool:
    if client.token_endpoint_auth_method == Client.AuthMethod.PRIVATE_KEY_JWT:
        return True
    now = timezone.now()
    return any(
        secret.status == ActiveStatus.ACTIVE and not is_dead(secret.expires_at, now)
        for secret in client.secrets.all()
    )


def _is_manageable(clients: Iterable[Client]) -> bool:
    return any(manages_configuration(client) for client in clients)


def _locked() -> Iterable[Client]:
    ids = Client.objects.filter(type=Client.Type.CONFIG).order_by("pk")
    list(ids.select_for_update(no_key=True).values_list("pk", flat=True))
    return _configuration_clients()


def _configuration_clients() -> Iterable[Client]:
    found = Client.objects.filter(type=Client.Type.CONFIG, status=ActiveStatus.ACTIVE)
    return found.select_related("token_policy").prefetch_related("secrets")
