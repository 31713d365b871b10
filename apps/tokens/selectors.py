"""Reading grants and tokens: which of them live, by their own row."""

from datetime import datetime

from django.db.models import Q, QuerySet

from apps.tokens.blast_statement import LONGEST_ACCESS
from apps.tokens.models import AccessToken, Grant


def live_grants(now: datetime) -> QuerySet[Grant]:
    """Grants with a code or refresh token to use, or whose last access token may still live."""
    with_code = Q(code_consumed_at=None, code_expires_at__gt=now)
    lasting = Q(expires_at=None) | Q(expires_at__gt=now)
    with_refresh = ~Q(refresh_digest="") & Q(idle_expires_at__gt=now) & lasting
    recent = Q(code_consumed_at__gt=now - LONGEST_ACCESS)
    return Grant.objects.filter(with_code | with_refresh | recent, revoked_at=None)


def live_tokens(now: datetime) -> QuerySet[AccessToken]:
    """Opaque access tokens whose time isn't over."""
    return AccessToken.objects.filter(expires_at__gt=now, revoked_at=None)
