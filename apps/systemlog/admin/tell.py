"""An event of the log as the sentence that a person reads."""

from collections.abc import Iterator
from typing import Any

from apps.systemlog.events import CATALOGUE
from apps.systemlog.models import LogEvent

GRANT = "app.oauth2.as.token.grant"
SERVER, USER = "AuthorizationServer", "User"
AUTHORIZE = "app.oauth2.as.authorize"
TOLD = {
    (f"{GRANT}.access_token", "SUCCESS"): "got an access token",
    (f"{GRANT}.id_token", "SUCCESS"): "got an ID token",
    (f"{GRANT}.refresh_token", "SUCCESS"): "got a refresh token",
    (GRANT, "FAILURE"): "was refused a token",
    (AUTHORIZE, "FAILURE"): "was refused authorization",
    (f"{AUTHORIZE}.code", "SUCCESS"): "got a code",
    (f"{AUTHORIZE}.scope_denied", "SUCCESS"): "got fewer scopes than asked for",
    (f"{AUTHORIZE}.scope_denied", "FAILURE"): "was refused scopes",
    ("app.oauth2.as.token.detect_reuse", "FAILURE"): "used a refresh token twice",
    ("app.oauth2.as.token.introspect", "FAILURE"): "was refused introspection",
    ("app.oauth2.as.userinfo", "FAILURE"): "was refused user information",
    ("app.oauth2.invalid_client_credentials", "FAILURE"): "failed to authenticate",
    ("user.session.start", "SUCCESS"): "signed in",
    ("user.session.start", "FAILURE"): "failed to sign in",
    ("user.session.end", "SUCCESS"): "signed out",
}
"""(type, outcome) → what whoever it was about did."""
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
    person = target_name(event, USER)
    if person == event.user_id:  # nobody has looked up the name
        person = ""
    return person or client_name(event) or actor_name(event)


def sentence(event: LogEvent) -> str:
    """The event told in a line."""
    server = target_name(event, SERVER)
    at = f" for {server}" if server else ""
    words = TOLD.get((event.event_type, event.outcome))
    return f"{_subject(event)} {words}{at}" if words else _plain(event)


def _subject(event: LogEvent) -> str:
    is_client = event.event_type == "app.oauth2.invalid_client_credentials"
    return (client_name(event) or "A stranger") if is_client else who(event)


def _plain(event: LogEvent) -> str:
    """`Dana Kim: create scope orders:read`."""
    kind = CATALOGUE.get(event.event_type)
    message = kind.message if kind else event.event_type
    message = message[:1].lower() + message[1:] if message[1:2].islower() else message
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
