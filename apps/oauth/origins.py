"""Which web origins may call (CORS). A preflight names no client, so it is asked of all of them."""

from django.db.models import Q, TextField
from django.db.models.functions import Cast

from apps.clients.models import ActiveStatus, Client
from authzsite.domain.redirects import allowed_origins


def is_registered_origin(origin: str) -> bool:
    """Whether an ACTIVE client has registered this origin, itself or by a redirect URI."""
    if len(origin) > 512 or not origin.isprintable():
        return False
    candidates = (
        Client.objects.filter(status=ActiveStatus.ACTIVE)
        .annotate(
            uris=Cast("redirect_uris", TextField()), origins=Cast("allowed_origins", TextField())
        )
        .filter(Q(uris__contains=origin) | Q(origins__contains=origin))
    )
    pairs = candidates.values_list("redirect_uris", "allowed_origins")
    return any(origin in allowed_origins(uris, origins) for uris, origins in pairs.iterator())
