"""What users have allowed clients, remembered per scope until it is withdrawn."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from apps.systemlog.ids import new_id
from apps.tokens.models import Consent
from apps.tokens.store import Insert

CONSENT = "tokens_consent"


def remembered_scopes(*, user_id: str, client_id: str, server_id: str) -> frozenset[str]:
    """The scopes that need no question any more."""
    rows = Consent.objects.filter(user_id=user_id, client_id=client_id, server_id=server_id)
    return frozenset(rows.values_list("scope", flat=True))


def consent_rows(
    scopes: Collection[str], *, user_id: str, client_id: str, server_id: str, now: datetime
) -> tuple[Insert, ...]:
    """What remembers these scopes; none of them may be remembered already."""
    rows = tuple(_rows(scopes, user_id, client_id, server_id, now))
    return (Insert(CONSENT, rows, or_ignore=True),) if rows else ()


def _rows(
    scopes: Collection[str], user_id: str, client_id: str, server_id: str, now: datetime
) -> Iterator[dict[str, Any]]:
    for scope in scopes:
        yield {
            "id": new_id("oag"),
            "server_id": server_id,
            "client_id": client_id,
            "user_id": user_id,
            "scope": scope,
            "created": now,
        }
