"""Refusals in the log (R24, R25): of authenticated parties as rows, of strangers in the stream,
boundedly as rows (G4)."""

import logging
import threading
import time
from typing import Any

from apps.systemlog.entries import Actor, Entry, Target
from authzsite.domain.client import ClientSnapshot
from authzsite.domain.errors import OAuthError
from authzsite.domain.server import ServerSnapshot

logger = logging.getLogger("authzsite.refused")
STRANGERS_PER_MINUTE = 120


class Budget:
    """At most so many rows a minute in this process: strangers can't fill the database (G5)."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._lock = threading.Lock()
        self._minute, self._used = 0, 0

    def take(self) -> bool:
        """Whether one more row may be written in this minute."""
        minute = int(time.monotonic() // 60)
        with self._lock:
            if minute != self._minute:
                self._minute, self._used = minute, 0
            self._used += 1
            return self._used <= self.per_minute


stranger_budget = Budget(STRANGERS_PER_MINUTE)


def stranger_entry(
    event_type: str,
    error: OAuthError,
    server: ServerSnapshot | None,
    client: ClientSnapshot | None,
    **debug: Any,
) -> Entry | None:
    """The event of an unauthenticated request: a row only for a client that exists, and only so
    many a minute."""
    logger.warning(
        "refused", extra={"event": event_type, "reason": error.reason, "error": error.code}
    )
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
