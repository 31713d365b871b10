"""The origins of a client, kept beside it for preflights (see `ClientOrigin`)."""

from apps.clients.models import Client, ClientOrigin
from authzsite.domain.redirects import allowed_origins


def write_origins(client: Client) -> None:
    """Make the rows agree with the client's URIs; call it in the transaction that changed them."""
    wanted = allowed_origins(client.redirect_uris, client.allowed_origins)
    client.origins.exclude(origin__in=wanted).delete()
    known = set(client.origins.values_list("origin", flat=True))
    rows = [ClientOrigin(client=client, origin=origin) for origin in sorted(wanted - known)]
    ClientOrigin.objects.bulk_create(rows)
