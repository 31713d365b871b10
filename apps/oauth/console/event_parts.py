"""The panels beside the story of an event: the request, who and what, and what else happened."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from django.utils.translation import gettext as _

from apps.systemlog.admin.parts import Part, change_url, chip, instant, link, list_url, text
from apps.systemlog.admin.tell import (
    actor_name,
    client_name,
    reason_words,
    sentence,
    server_name,
    targets,
    user_name,
    who,
    with_owner_names,
)
from apps.systemlog.events import CATALOGUE
from apps.systemlog.models import LogEvent
from authzsite.domain.explanation import Explanation

EVENT: Final = "systemlog.LogEvent"
ALSO: Final = timedelta(hours=1)
ALSO_SHOWN: Final = 6
FAMILY_READ: Final = 500
TOLD: Final = frozenset(
    {
        *("trace", "requestId", "authorizationServer", "authorizationServerName", "clientId"),
        *("requestedScopes", "deniedScopes", "grantType", "redirectUri", "clientAuthType"),
        *("error", "errorDescription", "configurationVersion"),
    }
)
LINKED: Final = {
    "User": "directory.User",
    "UserGroup": "directory.Group",
    "AppInstance": "clients.Client",
    "PublicClientApp": "clients.Client",
    "AuthorizationServer": "servers.AuthorizationServer",
    "Policy": "policies.Policy",
    "PolicyRule": "policies.Rule",
    "OAuth2Scope": "servers.Scope",
    "OAuth2Claim": "servers.Claim",
    "TokenPolicy": "clients.TokenPolicy",
    "refresh_token": "tokens.Grant",
}
OWNERS: Final = (
    ("user_id", "directory.User", user_name),
    ("client_id", "clients.Client", client_name),
    ("server_id", "servers.AuthorizationServer", server_name),
)
BROWSERS: Final = (
    ("Edge", r"Edg"),
    ("Opera", r"OPR/"),
    ("Firefox", r"Firefox/"),
    ("Chrome", r"Chrom(e|ium)/"),
    ("Safari", r"Version/.*Safari/"),
)
SYSTEMS: Final = (
    ("Android", r"Android"),
    ("iOS", r"iPhone|iPad"),
    ("Windows", r"Windows"),
    ("macOS", r"Mac OS X"),
    ("Linux", r"Linux|X11"),
)
AGENT_SHOWN: Final = 60


def agent_words(agent: str) -> str:
    """`Firefox on Linux`; what is no browser as it calls itself."""
    names = [
        next((name for name, mark in kinds if re.search(mark, agent)), "")
        for kinds in (BROWSERS, SYSTEMS)
    ]
    return _(" on ").join(names) if all(names) else agent[:AGENT_SHOWN]


def facts(event: LogEvent, found: Any) -> Iterator[dict[str, Any]]:
    """The request: first what was asked, then what was answered, then whatever else was noted."""
    data = event.body.get("debugData") or {}
    for label, name in ((_("Grant"), "grantType"), (_("Authenticated by"), "clientAuthType")):
        if data.get(name):
            yield {"label": label, "parts": [chip(str(data[name]))]}
    yield from _asked_for(data, found)
    if data.get("redirectUri"):
        yield {"label": _("Redirect"), "parts": [chip(str(data["redirectUri"]))]}
    if data.get("error"):
        hint = str(data.get("errorDescription") or "")
        yield {"label": _("Answer"), "parts": [chip(str(data["error"]))], "hint": hint}
    if event.reason:
        yield {"label": _("Reason"), "parts": [chip(event.reason)]}
    yield {"label": _("Who"), "parts": [_actor(event)]}
    about = [_target(one) for one in targets(event) if one.get("id") != event.actor_id]
    if about:
        parts = [part for one in about for part in (one, text(", "))][:-1]
        yield {"label": _("What"), "parts": parts}
    for name, value in data.items():
        if name not in TOLD and value not in ("", None):
            many = value if isinstance(value, list) else [value]
            yield {"label": _spaced(name), "text": "; ".join(map(str, many))}
    kind = CATALOGUE.get(event.event_type)
    hint = kind.message if kind else ""
    yield {"label": _("Event"), "parts": [chip(event.event_type)], "hint": hint}


def _asked_for(data: dict[str, Any], found: Any) -> Iterator[dict[str, Any]]:
    if isinstance(found, Explanation):
        asked = found.request.requested_scopes or ()
        lacking = set(found.decision.dropped_names)
    else:
        asked = tuple(filter(None, str(data.get("requestedScopes") or "").split(", ")))
        lacking = set(str(data.get("deniedScopes") or "").strip("[]").split(", "))
        if not asked:
            return
    chips = [chip(name, "danger" if name in lacking else "") for name in asked]
    yield {"label": _("Asked for"), "chips": chips, "text": _("no scope")}


def owner_actions(event: LogEvent) -> list[dict[str, str]]:
    """Links to everything of the event's user, client and server."""
    return [
        {"label": _("All of %(name)s") % {"name": name}, "href": list_url(EVENT, **{column: pk})}
        for column, _label, name_of in OWNERS
        if (pk := getattr(event, column)) and (name := name_of(event) or pk)
    ]


def also(event: LogEvent) -> dict[str, Any] | None:
    """What else came from the same person, or client, in the hour before."""
    column = "user_id" if event.user_id else "client_id"
    owner = getattr(event, column)
    if not owner:
        return None
    start = event.published - ALSO
    near = LogEvent.objects.filter(**{column: owner}, published__gte=start, pk__lt=event.pk)
    found = with_owner_names(near.order_by("-pk")[:ALSO_SHOWN])
    rows = [
        {
            "when": instant(one.published)[11:19],
            "text": _shortly(one, event),
            "href": change_url(EVENT, one.pk),
        }
        for one in found
    ]
    name = who(event) if column == "user_id" else client_name(event) or server_name(event)
    more = {"label": _("All of it"), "href": list_url(EVENT, **{column: owner})}
    title = _("Also from %(name)s, the hour before") % {"name": name}
    return {"title": title, "rows": rows, "more": more} if rows else None


def _shortly(one: LogEvent, event: LogEvent) -> str:
    """Without the name that the title has; the same thing again in a word."""
    told = (one.event_type, one.outcome, reason_words(one))
    if one.outcome == "FAILURE" and told == (
        event.event_type,
        event.outcome,
        reason_words(event),
    ):
        return _("the same refusal")
    words = sentence(one, why=True)
    return words.removeprefix(f"{who(event)} ")


def family_of(event: LogEvent) -> str:
    """The grant that an event's tokens come of; empty where it has none."""
    data = event.body.get("debugData") or {}
    kinds = (one.get("id") for one in targets(event) if one.get("type") == "refresh_token")
    return str(data.get("grantId") or next(kinds, "") or "")


def flow_of(event: LogEvent) -> list[LogEvent]:
    """Events of the same request, and of the same family of tokens among the person's or client's
    events beside it; oldest first."""
    rows = {one.pk: one for one in LogEvent.objects.filter(reference=event.reference)[:FAMILY_READ]}
    family = family_of(event) or next(filter(None, map(family_of, rows.values())), "")
    column = "user_id" if event.user_id else "client_id"
    if family and getattr(event, column):
        beside = LogEvent.objects.filter(**{column: getattr(event, column)})
        newer = beside.filter(pk__gt=event.pk).order_by("pk")[: FAMILY_READ // 2]
        older = beside.filter(pk__lt=event.pk).order_by("-pk")[: FAMILY_READ // 2]
        rows |= {one.pk: one for one in (*newer, *older) if family_of(one) == family}
    return with_owner_names(rows[pk] for pk in sorted(rows))


def _spaced(name: str) -> str:
    """`grantType` → `Grant type`."""
    words = "".join(f" {one.lower()}" if one.isupper() else one for one in name)
    return words.strip().capitalize().replace(" uri", " URI").replace(" id", " ID")


def _actor(event: LogEvent) -> Part:
    label = {"User": "directory.User", "PublicClientApp": "clients.Client"}.get(event.actor_type)
    name = actor_name(event)
    is_row = label and event.actor_id not in ("", "unknown", "system")
    return link(name, change_url(str(label), event.actor_id)) if is_row else text(name)


def _target(one: dict[str, Any]) -> Part:
    name = str(one.get("displayName") or one.get("alternateId") or one.get("id") or "")
    label = LINKED.get(str(one.get("type")))
    return link(name, change_url(label, one.get("id"))) if label and one.get("id") else text(name)
