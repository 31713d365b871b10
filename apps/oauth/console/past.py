"""A server's configuration as it was at an event or a time, and what is different now."""

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.oauth.console.page import render, tab_crumbs
from apps.oauth.console.policies import shown_policies
from apps.policies.models import Policy, Rule
from apps.policies.past import Configuration, Moment, Values, at_event, event_at, present
from apps.servers.admin.page import server_head, tab_url
from apps.servers.models import AuthorizationServer
from apps.systemlog.admin.fields import DATETIME_LOCAL
from apps.systemlog.admin.history import diff_rows, shown
from apps.systemlog.admin.labels import label_of
from apps.systemlog.admin.parts import action, change_url, chip, instant, joined, link, table, text
from apps.systemlog.admin.tell import sentence
from apps.systemlog.models import LogEvent

SECONDS = "%Y-%m-%dT%H:%M:%S"
NAMED = 20


def past_page(
    request: HttpRequest, server_id: str, server: AuthorizationServer | None, wanted: str
) -> HttpResponse:
    """The page of `?at=`: the number of an event, or a time in UTC. Anything else leads back.
    `server` is None for one that was deleted."""
    found = _wanted(server_id, wanted)
    if found is None:
        return HttpResponseRedirect(tab_url(server_id, "history"))
    event_id, when, event = found
    moment = at_event(server_id, event_id)
    now = present(server_id) or Configuration()
    context = {
        **_head(server_id, server, when),
        "when": when,
        "event": _event(event),
        "notices": _notices(moment),
        **(_contents(moment.configuration, now) if moment.configuration else {}),
        "exists": moment.configuration is not None,
        "undone": _undone(moment),
        "back": action(_("Back to the history"), tab_url(server_id, "history")),
    }
    return render(request, "admin/server/past.html", context)


def _wanted(server_id: str, wanted: str) -> tuple[int, str, LogEvent | None] | None:
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 19:
        event = LogEvent.objects.filter(pk=int(wanted)).first()
        when = instant(event.published) if event else _("event %(n)s") % {"n": wanted}
        return int(wanted), when, event
    for shape in (DATETIME_LOCAL, SECONDS):
        try:
            time = datetime.strptime(wanted, shape).replace(tzinfo=UTC)
        except ValueError:
            continue
        return event_at(server_id, time), instant(time)[:-4], None
    return None


def _head(server_id: str, server: AuthorizationServer | None, when: str) -> dict[str, Any]:
    if server is None:
        title = _("Server %(id)s, which is gone, as it was") % {"id": server_id}
        return {"title": title, "page": {"title": title}}
    return {
        **server_head(server, "history"),
        "title": _("%(name)s as it was") % {"name": server.name},
        "crumbs": tab_crumbs(server, "history", when),
    }


def _event(event: LogEvent | None) -> list[dict[str, Any]]:
    if event is None:
        return []
    told = link(sentence(event), change_url("systemlog.LogEvent", event.pk))
    return [text(_("Just after ")), told]


def _undone(moment: Moment) -> str:
    words = ngettext(
        "%(n)d later change was taken back.", "%(n)d later changes were taken back.", moment.undone
    )
    return words % {"n": moment.undone}


def _notices(moment: Moment) -> list[dict[str, Any]]:
    """Why what is shown may not be what was."""
    found: list[tuple[str, str, list[dict[str, Any]]]] = []
    if moment.too_old and moment.begins:
        title = _("The system log doesn't reach back so far")
        body = _("It begins at %(time)s UTC, and what you see is the configuration of that moment.")
        found.append((title, body % {"time": instant(moment.begins)[:-4]}, []))
    if moment.is_cut:
        title = _("Too much has changed since")
        body = _("Only the latest changes were taken back; what you see is a later moment.")
        found.append((title, body, []))
    if moment.is_bypassed:
        title = _("Rows were written past the services since")
        body = _("Such writes leave no values in the log: what you see may differ from what was.")
        found.append((title, body, []))
    if moment.unknown:
        title = _("Some events don't hold what was there before")
        body = _("They may be of an earlier version: ")
        links = joined(
            link(sentence(one), change_url("systemlog.LogEvent", one.pk))
            for one in moment.unknown[:NAMED]
        )
        found.append((title, body, links))
    return [
        {"tone": "warn", "title": title, "parts": [text(body), *links]}
        for title, body, links in found
    ]


def _contents(then: Configuration, now: Configuration) -> dict[str, Any]:
    return {
        "differences": _differences(then, now),
        "facts": [
            {"label": label_of(name), "text": shown(value) or _("none")}
            for name, value in then.settings.items()
        ],
        "policies": shown_policies(_rows(then.policies), may_change=False),
        "scopes": _scopes(then),
        "claims": _claims(then),
    }


def _differences(then: Configuration, now: Configuration) -> list[dict[str, Any]]:
    """Rows of `components/diff.html`: then and now."""
    rows = diff_rows(then.settings, now.settings)
    for noun, old, new in (
        (_("Scope"), then.scopes, now.scopes),
        (_("Claim"), then.claims, now.claims),
        (_("Policy"), _by_id(then.policies), _by_id(now.policies)),
        (_("Rule"), _rules(then), _rules(now)),
    ):
        for ident in {**old, **new}:
            rows += _difference(noun, old.get(ident), new.get(ident))
    return rows


def _difference(noun: str, old: Values | None, new: Values | None) -> list[dict[str, Any]]:
    name = (old or new or {}).get("name", "")
    if old is None or new is None:
        sides = {"before": _("there") if old else "", "after": _("there") if new else ""}
        return [{"field": f"{noun} {name}", **sides}]
    return [
        {**row, "field": f"{noun} {name}: {row['field']}"}
        for row in diff_rows(_plain(old), _plain(new))
    ]


def _plain(values: Values) -> Values:
    return {name: value for name, value in values.items() if name not in ("id", "rules")}


def _by_id(rows: list[Values]) -> dict[str, Values]:
    return {row["id"]: row for row in rows}


def _rules(found: Configuration) -> dict[str, Values]:
    return {rule["id"]: rule for policy in found.policies for rule in policy["rules"]}


def _rows(policies: list[Values]) -> list[Policy]:
    """Rows that nobody has saved."""
    return [_policy(one) for one in policies]


def _policy(values: Values) -> Policy:
    row = Policy(**{name: value for name, value in values.items() if name != "rules"})
    rules = row.rules.all()
    rules._result_cache = [Rule(policy=row, **one) for one in values["rules"]]
    row._prefetched_objects_cache = {"rules": rules}  # type: ignore[attr-defined]
    return row


def _scopes(found: Configuration) -> dict[str, Any]:
    rows = [
        [
            {"parts": [chip(one["name"])]},
            {"text": one["display_name"], "hint": one["description"]},
            text(one["consent"].capitalize()),
            text(_("default") if one["is_default"] else ""),
        ]
        for one in sorted(found.scopes.values(), key=lambda one: str(one["name"]))
    ]
    return table((_("Name"), _("What a person reads"), _("Consent"), ""), rows)


def _claims(found: Configuration) -> dict[str, Any]:
    rows = [
        [
            {"parts": [chip(one["name"])]},
            text(one["claim_type"].capitalize()),
            {"parts": [chip(one["value"])]} if one["value"] else text(""),
            {"parts": joined((chip(name) for name in one["scopes"]), " ")},
            text(one["status"].capitalize()),
        ]
        for one in sorted(found.claims.values(), key=lambda one: str(one["name"]))
    ]
    columns = (_("Name"), _("Token"), _("Value"), _("Only with scopes"), _("Status"))
    return table(columns, rows)
