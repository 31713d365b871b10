"""What console and APIs read of servers. Nothing here changes a row."""

from django.db.models import Q, QuerySet

from apps.servers.models import AuthorizationServer, Claim, Installation, Scope, SigningKey


def installation() -> Installation:
    """The installation's row; `ensure_installation` has made it."""
    return Installation.objects.get(pk=1)


def servers(q: str = "") -> QuerySet[AuthorizationServer]:
    """All servers by name, or those whose name or audience contains `q`."""
    found = AuthorizationServer.objects.order_by("name", "pk")
    return found.filter(Q(name__icontains=q) | Q(audience__icontains=q)) if q else found


def scopes_of(server_id: str, q: str = "") -> QuerySet[Scope]:
    """The server's scopes by name, or those whose name contains `q`."""
    return Scope.objects.filter(server=server_id, name__icontains=q).order_by("name")


def claims_of(server_id: str) -> QuerySet[Claim]:
    """The server's claims, those of access tokens last."""
    return Claim.objects.filter(server=server_id).order_by("claim_type", "name")


def claims_naming_scope(server_id: str, scope: str) -> list[Claim]:
    """The claims that are only given with this scope."""
    return [claim for claim in claims_of(server_id) if scope in claim.scopes]


def keys_of(server_id: str) -> QuerySet[SigningKey]:
    """The server's keys, the newest first; revoked ones stay in the list."""
    return SigningKey.objects.filter(server=server_id).order_by("-created")


def current_key(server_id: str) -> SigningKey:
    """The key that signs now."""
    return SigningKey.objects.get(server=server_id, state=SigningKey.State.CURRENT)


def protected_by(client_id: str) -> QuerySet[AuthorizationServer]:
    """The servers for which this client (row id) is a registered resource server (R4a)."""
    return AuthorizationServer.objects.filter(resource_servers=client_id).order_by("name")
