"""What is posted: Okta's event hook envelope around a LogEvent, the same octets each time."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings

from apps.management.hooks import secrets
from apps.management.hooks.models import EventDelivery, EventHook
from apps.management.hooks.signing import signature_headers
from apps.systemlog.models import LogEvent
from apps.systemlog.render import as_log_event, in_milliseconds


@dataclass(frozen=True, slots=True)
class Message:
    """One post, ready to be sent."""

    url: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


def event_of(delivery: EventDelivery) -> LogEvent | None:
    """The event, None when the log no longer holds it. By its time, too: one partition."""
    return LogEvent.objects.filter(pk=delivery.event_id, published=delivery.created).first()


def envelope(
    hook: EventHook, webhook_id: str, events: list[dict[str, Any]], at: datetime
) -> dict[str, Any]:
    """Okta's body of an event hook call; `at` is the event's time."""
    return {
        "eventType": "com.okta.event_hook",
        "eventTypeVersion": "1.0",
        "cloudEventsVersion": "0.1",
        "source": f"{settings.BASE_URL}/api/v1/eventHooks/{hook.pk}",
        "eventId": webhook_id,
        "data": {"events": events},
        "eventTime": in_milliseconds(at),
        "contentType": "application/json",
    }


def message_of(delivery: EventDelivery, event: LogEvent, now: datetime) -> Message:
    """The post of a delivery, signed at `now`. Raises Unopenable."""
    body = envelope(delivery.hook, delivery.pk, [as_log_event(event)], delivery.created)
    return signed(delivery.hook, delivery.pk, body, now)


def signed(hook: EventHook, webhook_id: str, body: dict[str, Any], now: datetime) -> Message:
    """The body as octets, signed with each of the hook's living secrets, with its receiver's
    header. Raises Unopenable."""
    octets = json.dumps(body, separators=(",", ":"), sort_keys=True).encode("ascii")
    keys = [
        secrets.open_signing(one)
        for one in hook.secrets.all()
        if one.expires_at is None or one.expires_at > now
    ]
    headers = {**auth_headers(hook), **signature_headers(webhook_id, octets, keys, now)}
    return Message(hook.url, octets, headers)


def auth_headers(hook: EventHook) -> dict[str, str]:
    """The header by which the receiver knows us, if it wants one. Raises Unopenable."""
    return {hook.auth_header: secrets.open_auth(hook)} if hook.auth_header else {}
