"""An event of the log as the sentence that a person reads."""

from collections.abc import Iterator
from typing import Any

from apps.systemlog.events import CATALOGUE
from apps.systemlog.models import LogEvent

GRANT = "app.oauth2.as.token.grant"
SERVER, USER = "AuthorizationServer", "User"
TOKENS = {
    f"{GRANT}.access_token": "an access token",
    f"{GRANT}.id_token": "an ID token",
    f"{GRANT}.refresh_token": "a refresh token",
}
MACHINES = frozenset({"PublicClientApp", "AppInstance"})


def targets(event: LogEvent) -> list[dict[str, Any]]:
    """What it was done to."""
    found = event.body.get("target") if isinstance(event.body, dict) else None
    return found or []


def target_name(event: LogEvent, *kinds: str) -> str:
    """The name of the first target of one of these kinds; empty without one."""
    names = (
        str(one.get("displayName") or one.get("alternateId") or one.get("id") or "")
        for one in targets(event)
        if one.get("type") in kinds
    )
    return next(names, "")


def client_name(event: LogEvent) -> str:
    """The client of the request."""
    return target_name(event, *MACHINES)


def actor_name(event: LogEvent) -> str:
    """Who did it."""
    actor = event.body.get("actor") or {}
    return str(actor.get("displayName") or event.actor_name or event.actor_id)


def who(event: LogEvent) -> str:
    """The person a request was for, else the client that asked, else who did it."""
    return target_name(event, USER) or client_name(event) or actor_name(event)


def sentence(event: LogEvent) -> str:
    """The event told in a line."""
    server = target_name(event, SERVER)
    at = f" for {server}" if server else ""
    if event.event_type in TOKENS:
        return f"{who(event)} got {TOKENS[event.event_type]}{at}"
    if event.event_type == GRANT and event.outcome == "FAILURE":
        return f"{who(event)} was refused a token{at}"
    if event.event_type == "app.oauth2.invalid_client_credentials":
        return f"{client_name(event) or 'A stranger'} failed to authenticate{at}"
    return _plain(event)


def _plain(event: LogEvent) -> str:
    """`Dana Kim: create scope orders:read`."""
    kind = CATALOGUE.get(event.event_type)
    message = kind.message if kind else event.event_type
    name = next(_object_names(event), "")
    failed = " failed" if event.outcome == "FAILURE" else ""
    return f"{actor_name(event)}: {message}{failed} {name}".strip()


def _object_names(event: LogEvent) -> Iterator[str]:
    for one in targets(event):
        if one.get("id") != event.actor_id:
            yield str(one.get("displayName") or one.get("alternateId") or "")


def is_denial(event: LogEvent) -> bool:
    """Whether the event holds a decision that can be explained."""
    data = event.body.get("debugData") if isinstance(event.body, dict) else None
    return bool(data and isinstance(data.get("trace"), dict))
