"""A row as Okta's LogEvent (okta.md 9.1): what the API, the exports and the raw view show."""

from typing import Any

from apps.systemlog.events import CATALOGUE, EventType
from apps.systemlog.models import LogEvent


def as_log_event(event: LogEvent) -> dict[str, Any]:
    """The event in Okta's LogEvent shape, ready for JSON."""
    kind = CATALOGUE.get(event.event_type) or EventType(event.event_type, event.event_type)
    body = event.body
    return {
        "uuid": event.uuid,
        "published": event.published.strftime("%Y-%m-%dT%H:%M:%S.")
        + f"{event.published.microsecond // 1000:03d}Z",
        "eventType": event.event_type,
        "version": "0",
        "severity": event.severity,
        "legacyEventType": kind.legacy,
        "displayMessage": kind.message,
        "actor": {
            "id": event.actor_id,
            "type": event.actor_type,
            "alternateId": body.get("actor", {}).get("alternateId") or event.actor_name,
            "displayName": body.get("actor", {}).get("displayName") or event.actor_name,
            "detailEntry": None,
        },
        "client": {
            "userAgent": {
                "rawUserAgent": body.get("userAgent") or None,
                "os": None,
                "browser": None,
            },
            "zone": None,
            "device": None,
            "id": event.client_id or None,
            "ipAddress": event.ip_address or None,
            "geographicalContext": None,
        },
        "device": None,
        "authenticationContext": {
            "authenticationProvider": None,
            "credentialProvider": None,
            "credentialType": body.get("credentialType"),
            "issuer": None,
            "interface": None,
            "authenticationStep": 0,
            "externalSessionId": None,
        },
        "outcome": {"result": event.outcome, "reason": event.reason or None},
        "target": body.get("target") or None,
        "transaction": {
            "type": body.get("transactionType", "WEB"),
            "id": event.reference,
            "detail": {},
        },
        "debugContext": {"debugData": body.get("debugData", {})},
        "securityContext": {
            "asNumber": None,
            "asOrg": None,
            "isp": None,
            "domain": None,
            "isProxy": None,
        },
        "request": {"ipChain": _ip_chain(event.ip_address)},
    }


def _ip_chain(address: str) -> list[dict[str, Any]]:
    if not address:
        return []
    version = "V6" if ":" in address else "V4"
    return [{"ip": address, "version": version, "source": None, "geographicalContext": None}]
