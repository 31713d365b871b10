"""The history of an object: its changes, field by field, as the system log holds them (R24)."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.systemlog.admin.conditions import Names, condition_words, names_in
from apps.systemlog.admin.labels import label_of
from apps.systemlog.admin.parts import Part, change_url, instant, link, part_url, text
from apps.systemlog.admin.tell import actor_name, targets
from apps.systemlog.changed import kind_of
from apps.systemlog.events import CATALOGUE
from apps.systemlog.models import LogEvent
from apps.systemlog.past import Revoked, changes_of, flows_of, page_of

EVENT, JOB = "systemlog.LogEvent", "systemlog.RevocationJob"
LENGTH_SHOWN: Final = 300
LABELS: Final[Mapping[str, str]] = {
    "AuthorizationServer": "servers.AuthorizationServer",
    "OAuth2Scope": "servers.Scope",
    "OAuth2Claim": "servers.Claim",
    "SigningKey": "servers.SigningKey",
    "Installation": "servers.Installation",
    "Policy": "policies.Policy",
    "PolicyRule": "policies.Rule",
    "PolicyTest": "policies.PolicyTest",
    "InlineHook": "policies.InlineHook",
    "AppInstance": "clients.Client",
    "ClientSecret": "clients.ClientSecret",
    "TokenPolicy": "clients.TokenPolicy",
    "LoginPolicy": "clients.LoginPolicy",
    "User": "directory.User",
    "UserGroup": "directory.Group",
    "EventHook": "management.EventHook",
    "Token": "management.ApiToken",
    "Membership": "directory.GroupMembership",
    "Assignment": "clients.UserAssignment",
}
"""Kind of target in the log → the model of its rows."""
KINDS: Final = {label.lower(): kind for kind, label in LABELS.items()}
CONSOLE, ACCOUNT, API = "/admin/", "/account", "/api/"
Actions = Callable[[HttpRequest, LogEvent, str, str], list[Part]]
_actions: list[Actions] = []


def offer(actions: Actions) -> Actions:
    """Add actions to each entry of a history: `(request, event, kind, object id)`; by apps above,
    at start."""
    _actions.append(actions)
    return actions


def kind_of_row(row: Any) -> str:
    """What the log calls rows of this model."""
    return KINDS[row._meta.label_lower]


def history_url(kind: str, object_id: str) -> str:
    """The history of any object, present or deleted."""
    return reverse("admin:object_history", args=[kind, object_id])


def has_history(row: Any) -> bool:
    """Whether the log keeps a history of rows of this model."""
    return row._meta.label_lower in KINDS


def history_context(request: HttpRequest, kind: str, object_id: str) -> dict[str, Any]:
    """`entries`, `older` and `newest` of `components/history.html`, from `?before=` on."""
    given = request.GET.get("before", "")
    before = int(given) if given.isdigit() and len(given) < 19 else None
    page = page_of(kind, object_id, before)
    applied, revoked = flows_of(page.events)
    names = names_in(value for event in page.events for value in _values(event))
    about = _About(kind, object_id, frozenset(applied), names)
    entries = [
        _entry(event, about, revoked.get(event.pk, []))
        | {
            "actions": [
                one for offered in _actions for one in offered(request, event, kind, object_id)
            ]
        }
        for event in page.events
    ]
    older = f"?before={page.events[-1].pk}" if page.has_more else ""
    return {"entries": entries, "older": older, "newest": request.path if before else ""}


@dataclass(frozen=True, slots=True)
class _About:
    """Whose history it is, which references carried out a configuration file, and the names of
    whom conditions name."""

    kind: str
    object_id: str
    applied: frozenset[str]
    names: Names


def _entry(event: LogEvent, about: _About, revoked: list[Revoked]) -> dict[str, Any]:
    known, changes = CATALOGUE.get(event.event_type), field_rows(event, about.names)
    return {
        "id": event.pk,
        "when": instant(event.published)[:-4],
        "event": change_url(EVENT, event.pk),
        "what": known.message if known else event.event_type,
        "is_stopped": event.outcome == "FAILURE",
        "about": list(_named(event, about)),
        "who": {"name": actor_name(event), "href": _actor_url(event)},
        "through": _way(event, is_applied=event.reference in about.applied),
        "changes": changes,
        "is_whole": len(changes) > 1 and _is_one_sided(changes),
        "revoked": [_revocation(one) for one in revoked],
    }


def _is_one_sided(changes: list[dict[str, Any]]) -> bool:
    """Whether everything came out of nothing, or went."""
    return not any(row["before"] for row in changes) or not any(row["after"] for row in changes)


def _way(event: LogEvent, *, is_applied: bool) -> str:
    """By which way, where who did it doesn't say so already."""
    way = through(event, is_applied=is_applied)
    return "" if way.lower() == actor_name(event).lower() else way


def through(event: LogEvent, *, is_applied: bool = False) -> str:
    """By which way the change came in."""
    path = str((event.body.get("debugData") or {}).get("requestUri") or "")
    if is_applied:
        return _("configuration file")
    if not path:
        return _("system") if event.actor_type == "SystemPrincipal" else _("command")
    ways = {CONSOLE: _("console"), ACCOUNT: _("account"), API: _("API")}
    found = next((way for start, way in ways.items() if path.startswith(start)), "")
    return found or (_("configuration API") if "/config" in path else _("API"))


def _named(event: LogEvent, about: _About) -> Iterator[Part]:
    """The objects of the event beside the one whose history it is, the first by name."""
    for one in targets(event):
        kind, ident = kind_of(one), str(one.get("id") or "")
        if not ident or (kind, ident) == (about.kind, about.object_id):
            continue
        name = str(one.get("displayName") or one.get("alternateId") or ident)
        yield link(name, history_url(kind, ident)) if kind in LABELS else text(name)


def _revocation(one: Revoked) -> dict[str, Any]:
    if one.count is not None:
        words = ngettext("%(n)d token ended", "%(n)d tokens ended", one.count) % {"n": one.count}
    else:
        words = _("tokens without rows ended") if one.is_done else _("tokens ended; being counted")
    href = change_url(EVENT, one.event_id) if one.event_id else part_url(JOB, one.job_id, "change")
    return {"label": words, "href": href, "job": part_url(JOB, one.job_id, "change")}


def field_rows(event: LogEvent, names: Names | None = None) -> list[dict[str, Any]]:
    """The changes of one event, without when and who."""
    return [
        {"field": field, "before": before, "after": after}
        for field, before, after in _changes(event, names)
    ]


def _values(event: LogEvent) -> Iterator[Any]:
    """All that was, and all that is."""
    for one in targets(event):
        for before, after in changes_of(one).values():
            yield from (before, after)


def diff_rows(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of `components/diff.html` for what differs between two states."""
    names = [*before, *(name for name in after if name not in before)]
    return [
        {
            "field": label_of(name),
            "before": shown(before.get(name)),
            "after": shown(after.get(name)),
        }
        for name in names
        if before.get(name) != after.get(name)
    ]


def _changes(event: LogEvent, names: Names | None = None) -> Iterator[tuple[str, str, str]]:
    changed = [(one, changes_of(one)) for one in targets(event)]
    several = sum(1 for _, found in changed if found) > 1
    for one, found in changed:
        owner = f"{one.get('displayName') or one.get('id')}: " if several else ""
        for name, (before, after) in found.items():
            told = shown(before, names), shown(after, names)
            if told[0] != told[1]:
                yield (f"{owner}{label_of(name)}", *told)


def shown(value: Any, names: Names | None = None) -> str:
    """A value as a person reads it; nothing stays empty. `names`: see `condition_words`."""
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, bool):
        words = _("yes") if value else _("no")
    elif isinstance(value, list) and all(isinstance(one, str) for one in value):
        words = ", ".join(value)
    else:
        told = value if isinstance(value, str) else condition_words(value, names)
        words = told or json.dumps(value, ensure_ascii=False)
    return words if len(words) <= LENGTH_SHOWN else words[:LENGTH_SHOWN] + "…"


def _actor_url(event: LogEvent) -> str:
    is_person = event.actor_type == "User" and event.actor_id
    return change_url("directory.User", event.actor_id) if is_person else ""


def names_of(events: Iterable[LogEvent], kind: str, object_id: str) -> str:
    """What the object was called last, by these events; its id when none says."""
    for event in events:
        for one in targets(event):
            if (kind_of(one), str(one.get("id"))) == (kind, object_id):
                return str(one.get("displayName") or one.get("alternateId") or object_id)
    return object_id
