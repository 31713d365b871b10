"""The record of every configuration call (R24): who, by which token and scope, what, the end."""

import logging

from apps.management.permissions import PathRequirement
from apps.management.resource_server import Presented
from apps.oauth.denials import stranger_budget
from apps.servers.seeds import ORGANIZATION_SERVER_ID
from apps.systemlog.entries import Actor, Entry, Target
from apps.systemlog.record import record
from apps.tokens.log import client_actor, token_target
from authzsite.domain.vocabulary import ACCESS_TOKEN

EVENT = "management.request"
STRANGER = Actor("unknown", "PublicClientApp", "unknown", "unauthenticated caller")
logger = logging.getLogger("authzsite.refused")


def record_call(
    needed: PathRequirement | None, shown: Presented | None, status: int, reason: str
) -> None:
    """Write the event; of strangers only so many a minute, and all into the stream (G5)."""
    if needed is None or shown is None or shown.token is None:
        logger.warning("refused", extra={"event": EVENT, "reason": reason, "status": status})
    if needed is None or shown is None:
        return
    if shown.token is not None or (shown.client is not None and stranger_budget.take()):
        record(_entry(needed, shown, status, reason))


def _entry(needed: PathRequirement, shown: Presented, status: int, reason: str) -> Entry:
    scopes = shown.token.scopes if shown.token else ()
    client = shown.client
    targets = [token_target(ACCESS_TOKEN, shown.fingerprint)]
    if client is not None:
        targets.append(Target(client.id, "PublicClientApp", client.client_id, client.name))
    is_refused = status >= 400
    return Entry(
        EVENT,
        actor=client_actor(client) if shown.token and client else STRANGER,
        targets=tuple(targets),
        outcome="FAILURE" if is_refused else "SUCCESS",
        reason=reason if is_refused else "",
        client_id=client.id if client else "",
        server_id=ORGANIZATION_SERVER_ID,
        debug={
            "clientId": client.client_id if client else None,
            "method": needed.method,
            "path": "/".join(needed.segments)[:512],
            "status": status,
            "tokenScopes": " ".join(scopes) or None,
            "scope": needed.scope_used(scopes),
            "tokenFault": shown.reason or None,
            "requiredScope": needed.smallest_scope if is_refused else None,
        },
        credential_type="OAuth 2.0",
    )
