"""What users have allowed clients, remembered per scope until it is withdrawn: then whatever came
of it ends, too (row 162)."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.clients.models import Client
from apps.clients.targets import client_target
from apps.directory.models import User
from apps.directory.targets import user_target
from apps.servers.models import Scope
from apps.systemlog.entries import Actor, Entry
from apps.systemlog.ids import new_id
from apps.systemlog.record import record
from apps.tokens.criteria import Criteria
from apps.tokens.cutoffs import revoke_matching
from apps.tokens.models import Consent
from apps.tokens.store import Insert

CONSENT = "tokens_consent"
WITHDRAWN = "app.oauth2.as.consent.revoke"


@transaction.atomic
def withdraw_consent(*, actor: Actor, user: User, client: Client) -> int:
    """Forget all that the user has allowed the client, on every server, and end the user's tokens
    of it at once, those without a remembered consent too. How many scopes were remembered."""
    found = Consent.objects.filter(user_id=user.pk, client_id=client.pk)
    scopes = sorted(found.values_list("server_id", "scope"))
    found.delete()
    record(
        Entry(
            WITHDRAWN,
            actor,
            (user_target(user), client_target(client)),
            client_id=client.pk,
            user_id=user.pk,
            debug={"scopes": [f"{server} {scope}" for server, scope in scopes]},
        )
    )
    criteria = Criteria(user=user.pk, client=client.pk)
    revoke_matching(actor=actor, criteria=criteria, reason=WITHDRAWN)
    return len(scopes)


@transaction.atomic
def withdraw_scope(*, actor: Actor, consent: Consent, user: User, client: Client) -> None:
    """Forget that the user has allowed the client one scope on one server, and end the user's
    tokens of that client that carry it, at once. A scope that is gone has ended them already."""
    scope = Scope.objects.filter(server_id=consent.server_id, name=consent.scope).first()
    consent.delete()
    record(
        Entry(
            WITHDRAWN,
            actor,
            (user_target(user), client_target(client)),
            client_id=client.pk,
            server_id=consent.server_id,
            user_id=user.pk,
            debug={"scopes": [f"{consent.server_id} {consent.scope}"]},
        )
    )
    if scope is not None:
        criteria = Criteria(user=user.pk, client=client.pk, scope=scope.pk)
        revoke_matching(actor=actor, criteria=criteria, reason=WITHDRAWN)


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
