"""The history of an object: its changes, field by field, as the system log holds them (R24)."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import QuerySet

from apps.systemlog.admin.parts import change_url, moment
from apps.systemlog.admin.tell import actor_name, targets
from apps.systemlog.events import CATALOGUE
from apps.systemlog.models import LogEvent

PREFIXES = (
    "app.oauth2.credentials.",
    "app.oauth2.as.key.",
    "application.",
    "event_hook.",
    "group.",
    "login_policy.",
    "oauth2.",
    "policy.",
    "token_policy.",
    "user.lifecycle.",
    "user.account.",
)
OPERATION = frozenset({"event_hook.delivery"})
CONFIGURATION = [n for n in CATALOGUE if n.startswith(PREFIXES) and n not in OPERATION]
EVENTS_SHOWN = 50
EVENTS_READ = 500
LENGTH_SHOWN = 300
PEOPLE = "User"
ENDINGS = (".delete", ".remove", ".deleted")


def configuration_events() -> QuerySet[LogEvent]:
    """What changed anything, newest first."""
    return LogEvent.objects.filter(event_type__in=CONFIGURATION).order_by("-pk")


def changes_of_client(client_id: str) -> list[dict[str, Any]]:
    """What changed on a client, its secrets and its assignments."""
    return rows(configuration_events().filter(client_id=client_id)[:EVENTS_SHOWN])


def changes_of_user(user_id: str) -> list[dict[str, Any]]:
    """What changed on a user, their groups and assignments."""
    return rows(configuration_events().filter(user_id=user_id)[:EVENTS_SHOWN])


def changes_of_server(server_id: str) -> list[dict[str, Any]]:
    """What changed on a server and everything inside it."""
    return rows(configuration_events().filter(server_id=server_id)[:EVENTS_SHOWN])


def changes_of_object(object_id: str, prefix: str) -> list[dict[str, Any]]:
    """What changed on an object without a column in the log: among its kind's latest events."""
    names = [name for name in CONFIGURATION if name.startswith(prefix)]
    latest = LogEvent.objects.filter(event_type__in=names).order_by("-pk")[:EVENTS_READ]
    return rows(e for e in latest if any(one.get("id") == object_id for one in targets(e)))


def rows(events: Iterable[LogEvent]) -> list[dict[str, Any]]:
    """The rows of `components/diff.html`."""
    return [row for event in events for row in _event_rows(event)]


def field_rows(event: LogEvent) -> list[dict[str, Any]]:
    """The changes of one event alone, without when and who."""
    return [
        {"field": field, "before": before, "after": after}
        for field, before, after in _changes(event)
    ]


def _event_rows(event: LogEvent) -> Iterator[dict[str, Any]]:
    kind = CATALOGUE.get(event.event_type)
    about = {
        "when": moment(event.published),
        "who": {"name": actor_name(event), "href": _actor_url(event)},
        "event": change_url("systemlog.LogEvent", event.pk),
    }
    found = list(_changes(event))
    for field, before, after in found:
        yield {**about, "field": field, "before": before, "after": after}
    if not found:
        side = "before" if event.event_type.endswith(ENDINGS) else "after"
        field = kind.message if kind else event.event_type
        yield {**about, "field": field, side: _other_name(event)}


def _other_name(event: LogEvent) -> str:
    """The thing that an event without fields is about."""
    names = (str(one.get("displayName") or one.get("id") or "") for one in targets(event))
    return next(names, "")


def _changes(event: LogEvent) -> Iterator[tuple[str, str, str]]:
    for one in targets(event):
        details = one.get("changeDetails") or {}
        before, after = details.get("from") or {}, details.get("to") or {}
        for name in after:
            label = name.replace("_", " ").capitalize()
            owner = one.get("displayName") if len(targets(event)) > 1 else ""
            yield (
                f"{owner}: {label}" if owner else label,
                _shown(before.get(name)),
                _shown(after[name]),
            )


def _shown(value: Any) -> str:
    """A value as a person reads it; nothing stays empty."""
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, bool):
        words = "yes" if value else "no"
    elif isinstance(value, list) and all(isinstance(one, str) for one in value):
        words = ", ".join(value)
    else:
        words = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return words if len(words) <= LENGTH_SHOWN else words[:LENGTH_SHOWN] + "…"


def _actor_url(event: LogEvent) -> str:
    is_person = event.actor_type == PEOPLE and event.actor_id
    return change_url("directory.User", event.actor_id) if is_person else ""
