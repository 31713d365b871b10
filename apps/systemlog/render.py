"""A row as Okta's LogEvent: what the API, the exports and the raw view show."""

from datetime import datetime
from typing import Any

from apps.systemlog.events import CATALOGUE, EventType
from apps.systemlog.models import LogEvent


def as_log_event(event: LogEvent) -> dict[str, Any]:
    """The event in Okta's LogEvent shape, ready for JSON."""
    kind = CATALOGUE.get(event.event_type) or EventType(event.event_type, event.event_type)
    body = event.body
    return {
        "uuid": event.uuid,
        "published": in_milliseconds(event.published),
        "eventType": event.event_type,
        "version": "0",
        "severity": event.severity,
        "legacyEventType": kind.legacy,
        "displayMessage": kind.message,
        "actor": _actor(event),
        "client": _client(event),
        "device": None,
        "authenticationContext": {**AUTHENTICATION, "credentialType": body.get("credentialType")},
        "outcome": {"result": event.outcome, "reason": event.reason or None},
        "target": body.get("target") or None,
        "transaction": {
            "type": body.get("transactionType", "WEB"),
            "id": event.reference,
            "detail": {},
        },
        "debugContext": {"debugData": body.get("debugData", {})},
        "securityContext": dict.fromkeys(("asNumber", "asOrg", "isp", "domain", "isProxy")),
        "request": {"ipChain": _ip_chain(event.ip_address)},
    }


AUTHENTICATION = {
    "authenticationProvider": None,
    "credentialProvider": None,
    "credentialType": None,
    "issuer": None,
    "interface": None,
    "authenticationStep": 0,
    "externalSessionId": None,
}


def in_milliseconds(moment: datetime) -> str:
    """Okta's timestamps: `2026-01-31T08:00:00.000Z`."""
    # Four a row of a list: three times as fast as strftime.
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _actor(event: LogEvent) -> dict[str, Any]:
    actor = event.body.get("actor", {})
    return {
        "id": event.actor_id,
        "type": event.actor_type,
        "alternateId": actor.get("alternateId") or event.actor_name,
        "displayName": actor.get("displayName") or event.actor_name,
        "detailEntry": None,
    }


def _client(event: LogEvent) -> dict[str, Any]:
    agent = {"rawUserAgent": event.body.get("userAgent") or None, "os": None, "browser": None}
    return {
        "userAgent": agent,
        "zone": None,
        "device": None,
        "id": event.client_id or None,
        "ipAddress": event.ip_address or None,
        "geographicalContext": None,
    }


def _ip_chain(address: str) -> list[dict[str, Any]]:
    if not address:
        return []
    version = "V6" if ":" in address else "V4"
    return [{"ip": address, "version": version, "source": None, "geographicalContext": None}]
