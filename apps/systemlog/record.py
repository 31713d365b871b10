"""The one way into the system log: entries become rows in the current transaction (R24).

`row_of` alone knows how an entry looks as a row; `record` writes through the ORM, the token path
writes the same rows with its own statement.
"""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from apps.systemlog import changed
from apps.systemlog.context import RequestContext, current
from apps.systemlog.entries import Actor, Entry, Target
from apps.systemlog.events import CATALOGUE
from apps.systemlog.models import LogEvent
from authzsite.domain.limits import MAX_OUTCOME_REASON_LENGTH

_observed: ContextVar[list[LogEvent] | None] = ContextVar("observed_events", default=None)


def record(*entries: Entry) -> list[LogEvent]:
    """Write the entries as rows, in one statement, in the current transaction, and what they
    change into the index of histories; refuses unknown types."""
    events = LogEvent.objects.bulk_create([LogEvent(**row_of(entry)) for entry in entries])
    changed.index(events)
    if (seen := _observed.get()) is not None:
        seen.extend(events)
    return events


@contextmanager
def observed_events() -> Iterator[list[LogEvent]]:
    """The events that are recorded inside, in order: what a change would do."""
    seen: list[LogEvent] = []
    token = _observed.set(seen)
    try:
        yield seen
    finally:
        _observed.reset(token)


def row_of(
    entry: Entry, context: RequestContext | None = None, now: datetime | None = None
) -> dict[str, Any]:
    """The column values of an entry. KeyError for a type that is not in the catalogue."""
    kind = CATALOGUE[entry.event_type]
    context = context or current()
    return {
        "uuid": str(uuid.uuid4()),
        "published": now or datetime.now(UTC),
        "event_type": kind.name,
        "severity": entry.severity or (kind.severity if entry.outcome == "SUCCESS" else "WARN"),
        "outcome": entry.outcome,
        "reason": entry.reason[:MAX_OUTCOME_REASON_LENGTH],
        "actor_id": entry.actor.id,
        "actor_type": entry.actor.type,
        "actor_name": entry.actor.alternate_id or entry.actor.display_name,
        "client_id": entry.client_id,
        "server_id": entry.server_id,
        "user_id": entry.user_id,
        "reference": context.reference,
        "ip_address": context.ip_address,
        "body": _body(entry, context),
    }


def _body(entry: Entry, context: RequestContext) -> dict[str, Any]:
    """The members of Okta's LogEvent that have no column of their own."""
    return {
        "actor": _actor(entry.actor),
        "target": [_target(target) for target in entry.targets],
        "userAgent": context.user_agent,
        "transactionType": context.kind,
        "credentialType": entry.credential_type,
        "debugData": {
            "requestId": context.reference,
            "requestUri": context.path,
            **_plain(entry.debug),
        },
    }


def _actor(actor: Actor) -> dict[str, Any]:
    return {
        "displayName": actor.display_name or actor.alternate_id,
        "alternateId": actor.alternate_id,
    }


def _target(target: Target) -> dict[str, Any]:
    result: dict[str, Any] = {
        "id": target.id,
        "type": target.type,
        "alternateId": target.alternate_id or None,
        "displayName": target.display_name or None,
    }
    if target.detail:
        result["detailEntry"] = _plain(target.detail)
    if target.changes:
        result["changeDetails"] = {
            "from": {name: before for name, (before, _) in target.changes.items()},
            "to": {name: after for name, (_, after) in target.changes.items()},
        }
    return result


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Members without a value are left out."""
    return {name: value for name, value in values.items() if value is not None}
