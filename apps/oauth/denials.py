"""Refusals in the log (R24, R25): of authenticated parties as rows, of strangers in the stream,
boundedly as rows (G4)."""

import logging
from typing import Any

from apps.systemlog.budget import Budget
from apps.systemlog.entries import Actor, Entry, Target
from authzsite.domain.client import ClientSnapshot
from authzsite.domain.errors import OAuthError
from authzsite.domain.server import ServerSnapshot

logger = logging.getLogger("authzsite.refused")
STRANGERS_PER_MINUTE = 120

stranger_budget = Budget(STRANGERS_PER_MINUTE)


def log_refusal(event_type: str, error: OAuthError) -> None:
    """One line of the stream (G4): what was refused and why, never what was sent."""
    logger.warning(
        "refused", extra={"event": event_type, "reason": error.reason, "error": error.code}
    )


def stranger_entry(
    event_type: str,
    error: OAuthError,
    server: ServerSnapshot | None,
    client: ClientSnapshot | None,
    **debug: Any,
) -> Entry | None:
    """The event of an unauthenticated request: a row only for a client that exists, and only so
    many a minute."""
    log_refusal(event_type, error)
    if client is None or not stranger_budget.take():
        return None
    targets = [Target(client.id, "PublicClientApp", client.client_id, client.name)]
    if server is not None:
        targets.append(Target(server.id, "AuthorizationServer", server.issuer, server.name))
    return Entry(
        event_type=event_type,
        actor=Actor("unknown", "PublicClientApp", "unknown", "unauthenticated caller"),
        targets=tuple(targets),
        outcome="FAILURE",
        reason=error.reason,
        client_id=client.id,
        server_id=server.id if server else "",
        debug={"error": error.code, "errorDescription": error.description, **error.detail, **debug},
    )
