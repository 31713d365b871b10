"""Which objects a configuration event is about: its rows in the index that histories are read by.

The log is searched by type, server, client and user; this index finds the changes of any object
among however many million events, without looking into their bodies.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from apps.systemlog.events import CATALOGUE
from apps.systemlog.models import ChangedObject, LogEvent

PREFIXES: Final = (
    *("app.oauth2.credentials.", "app.oauth2.as.key.", "application.", "event_hook."),
    *("group.", "inline_hook.", "login_policy.", "oauth2.", "policy.", "token_policy."),
    *("system.api_token.", "system.configuration.", "user.lifecycle.", "user.account."),
)
OPERATION: Final = frozenset(
    {
        *("event_hook.delivery", "event_hook.verified"),
        *("inline_hook.executed", "inline_hook.response.processed"),
        *("policy.simulation", "policy.simulation.run"),
    }
)
REVOKE: Final = "app.oauth2.as.token.revoke"
INSTALLATION: Final = ("Installation", "1")
SERVER, CLIENT, USER, GROUP = "AuthorizationServer", "AppInstance", "User", "UserGroup"
SAME: Final = {"PublicClientApp": CLIENT}
"""Two names that the log has for one kind of thing."""
PAIRS: Final = {
    "group.user_membership.": ("Membership", GROUP, USER),
    "application.user_membership.": ("Assignment", CLIENT, USER),
    "group.application_assignment.": ("Assignment", CLIENT, GROUP),
}
"""Event family → what has no row of its own to be named by: a pair of two that have."""
WHOLE: Final = ("system.configuration.", "oauth2.as.created", "oauth2.as.deleted")


def is_change(event_type: str) -> bool:
    """Whether an event of this type changes configuration or people."""
    is_known = event_type in CATALOGUE and event_type not in OPERATION
    return is_known and event_type.startswith(PREFIXES)


def index(events: Iterable[LogEvent]) -> None:
    """Write the rows of those events that change something, in the current transaction."""
    rows = [row for event in events for row in rows_of(event)]
    if rows:
        ChangedObject.objects.bulk_create(rows)


def rows_of(event: Any) -> Iterator[ChangedObject]:
    """The rows of one event: none for what is no change. Each object once."""
    if not is_change(event.event_type) and not _is_lever(event):
        return
    for kind, ident in sorted(set(_objects(event))):
        yield ChangedObject(
            kind=kind, object_id=ident[:100], event_id=event.pk, published=event.published
        )


def _is_lever(event: Any) -> bool:
    """An administrator's revocation; those by clients are no history of anything."""
    return event.event_type == REVOKE and event.actor_type in (USER, "SystemPrincipal")


def _objects(event: Any) -> Iterator[tuple[str, str]]:
    targets = (event.body or {}).get("target") or []
    named = [(kind_of(one), str(one["id"])) for one in targets if one.get("id")]
    yield from named
    columns = ((SERVER, event.server_id), (CLIENT, event.client_id), (USER, event.user_id))
    yield from (one for one in columns if one[1])
    if event.event_type.startswith(WHOLE) or not named:
        yield INSTALLATION
    yield from _pair(event.event_type, dict(named))


def _pair(event_type: str, ids: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for prefix, (kind, first, second) in PAIRS.items():
        if event_type.startswith(prefix) and first in ids and second in ids:
            yield kind, f"{ids[first]}.{ids[second]}"


def kind_of(target: Mapping[str, Any]) -> str:
    """The kind of a target of the log."""
    kind = str(target.get("type"))
    return SAME.get(kind, kind)
