"""One event of the system log as a page: first the answer, then the reason, then the data."""

import json
import re
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.translation import gettext as _

from apps.oauth.console.event_parts import (
    EVENT,
    agent_words,
    also,
    facts,
    flow_of,
    owner_actions,
)
from apps.oauth.console.explain import with_names
from apps.oauth.console.history import then_url
from apps.oauth.console.page import render, row_or_404
from apps.oauth.console.story import answer, fixes, outcome, verdict
from apps.oauth.console.tryit_form import again_url, mended_url, try_url
from apps.oauth.console.whatif_begin import drafting
from apps.oauth.simulation.again import ask_again, explanation_of
from apps.systemlog.admin.history import field_rows
from apps.systemlog.admin.log_filters import REFERENCE
from apps.systemlog.admin.parts import (
    Part,
    action,
    change_url,
    chip,
    instant,
    link,
    list_url,
    part_url,
    state,
    table,
    text,
)
from apps.systemlog.admin.tell import (
    actor_name,
    client_name,
    is_denial,
    reason_words,
    sentence,
    who,
    with_owner_names,
)
from apps.systemlog.models import LogEvent
from apps.systemlog.render import as_log_event
from authzsite.domain.explanation import Explanation

REFERENCE_SHOWN = 50
EVALUATED = ("authorization_code", "client_credentials")  # a refresh asks no policy


def event_page(request: HttpRequest, object_id: str) -> HttpResponse:
    """The event's own page."""
    event = _event(request, object_id)
    found = explanation_of(event)
    story = _plain(event)
    if isinstance(found, Explanation):
        story = _story(event, with_names(found))
        story["verdict"]["actions"] = drafting(request, event, found)
    if isinstance(found, str):
        unreadable = _("Unreadable trace: %(why)s") % {"why": found}
        story = {"verdict": {"tone": "warn", "title_parts": [text(unreadable)]}}
    context = {
        "title": sentence(event),
        "page": _head(event, found),
        "crumbs": [
            {"label": _("System log"), "href": list_url(EVENT)},
            {"label": event.uuid[:8]},
        ],
        "facts": list(facts(event, found)),
        "changes": field_rows(event),
        "also": also(event),
        "leads": _leads(event),
        "raw": json.dumps(as_log_event(event), indent=2, ensure_ascii=False),
        **story,
    }
    return render(request, "admin/systemlog/event.html", context)


def _event(request: HttpRequest, object_id: str) -> LogEvent:
    event: LogEvent = row_or_404(request, LogEvent, object_id)
    return with_owner_names([event])[0]


def flow_page(request: HttpRequest, object_id: str) -> HttpResponse:
    """All events of one flow: of its request, and of the tokens that came of it."""
    event = _event(request, object_id)
    crumbs = [
        {"label": _("System log"), "href": list_url(EVENT)},
        {"label": sentence(event), "href": change_url(EVENT, event.pk)},
        {"label": _("All of this flow")},
    ]
    title = _("All of this flow")
    context = {
        "title": title,
        "page": {"title": title, "facts": [[text(sentence(event))]]},
        "crumbs": crumbs,
        "sections": [{"heading": _("Oldest first"), "table": _listed(flow_of(event))}],
    }
    return render(request, "admin/console/tab.html", context)


def _listed(events: list[LogEvent]) -> dict[str, Any]:
    rows = [
        [
            text(instant(event.published)),
            link(sentence(event, why=True), change_url(EVENT, event.pk)),
            text(actor_name(event)),
            {"badge": state(event.outcome)},
        ]
        for event in events
    ]
    return table((_("When"), _("What happened"), _("Who"), _("Outcome")), rows)


def event_json(request: HttpRequest, object_id: str) -> HttpResponse:
    """The event in Okta's LogEvent shape."""
    event = row_or_404(request, LogEvent, object_id)
    return JsonResponse(as_log_event(event), json_dumps_params={"indent": 2})


def explain_page(request: HttpRequest, object_id: str) -> HttpResponse:
    """Then and now, side by side."""
    event = _event(request, object_id)
    then = explanation_of(event)
    if not isinstance(then, Explanation):
        return HttpResponseRedirect(change_url(EVENT, event.pk))
    now = ask_again(then.request)
    sides = [_side(_("Then"), instant(event.published), with_names(then))]
    if now.explanation:
        sides.append(_side(_("Now"), _("asked again"), with_names(now.explanation)))
    title = _("Then and now")
    crumbs = [
        {"label": _("System log"), "href": list_url(EVENT)},
        {"label": sentence(event), "href": change_url(EVENT, event.pk)},
        {"label": title},
    ]
    context = {
        "title": title,
        "page": {"title": title, "facts": [[text(sentence(event))]]},
        "crumbs": crumbs,
        "outcome": outcome(then, now.explanation, now.problem),
        "notes": now.notes,
        "sides": sides,
    }
    return render(request, "admin/console/explain.html", context)


def reference_page(request: HttpRequest, reference: str) -> HttpResponse:
    """Where an error's reference leads (R25): to its denial, or to all that was logged."""
    known = REFERENCE.fullmatch(reference.upper())
    found = LogEvent.objects.filter(reference=reference.upper()).order_by("pk")
    events = list(found[:REFERENCE_SHOWN]) if known else []
    denials = [event for event in events if is_denial(event)]
    if len(denials) == 1:
        return HttpResponseRedirect(change_url(EVENT, denials[0].pk))
    context = {
        "title": _("Reference %(reference)s") % {"reference": reference[:40]},
        "reference": reference[:40],
        "found": bool(events),
        "table": _listed(with_owner_names(events)),
    }
    response = render(request, "admin/systemlog/reference.html", context)
    response.status_code = 200 if events else 404
    return response


def _head(event: LogEvent, found: Any) -> dict[str, Any]:
    client = client_name(event)
    named = [text(_("client ")), link(*_client(event))]
    agent = agent_words(str(event.body.get("userAgent") or ""))
    shown = [
        [text(instant(event.published))],
        named if client and event.client_id else [],
        [text(event.ip_address)] if event.ip_address else [],
        [text(agent)] if agent else [],
        [text(_("reference ")), chip(event.reference)] if event.reference else [],
    ]
    actions = [
        action(_("All of this flow"), part_url(EVENT, event.pk, "flow")),
        action("JSON", part_url(EVENT, event.pk, "json")),
    ]
    return {
        "title": sentence(event),
        "status": None if event.outcome == "FAILURE" else state(event.outcome),
        "facts": [fact for fact in shown if fact],
        "actions": [*actions, *_try_again(event, found)],
    }


def _leads(event: LogEvent) -> list[dict[str, str]]:
    """Where one goes on from here."""
    found = owner_actions(event)
    if event.server_id:
        label = _("The configuration as it was at that moment")
        found.append({"label": label, "href": then_url(event.server_id, event.pk)})
    return found


def _plain(event: LogEvent) -> dict[str, Any]:
    """What failed before anything was decided: why, in words."""
    why = reason_words(event) if event.outcome == "FAILURE" else ""
    if not why:
        return {}
    return {"verdict": {"tone": "danger", "title_parts": [text(f"{why[:1].upper()}{why[1:]}.")]}}


def _try_again(event: LogEvent, found: Any) -> list[Part]:
    """The same request, to be tried and changed."""
    if not isinstance(found, Explanation):
        url = _granted_url(event)
        return [action(_("Explain by what is set now"), url, tone="primary")] if url else []
    has_user = found.request.has_user
    label = _("Try again as %(name)s") % {"name": who(event)} if has_user else _("Try again")
    return [action(label, again_url(found.request), tone="primary")]


def _granted_url(event: LogEvent) -> str:
    """The request of a grant, whose steps no event keeps, as a try; empty for anything else."""
    data = event.body.get("debugData") or {}
    asked, grant_type = str(data.get("requestedScopes") or ""), str(data.get("grantType") or "")
    is_decided = event.outcome == "SUCCESS" and grant_type in EVALUATED and asked
    if not (is_decided and event.server_id and event.client_id):
        return ""
    scope = asked.replace(",", "")
    who_asks = {"client": event.client_id, "user": event.user_id or ""}
    return try_url(event.server_id, **who_asks, grant_type=grant_type, scope=scope)


def _story(event: LogEvent, found: Explanation) -> dict[str, Any]:
    method = event.body.get("debugData", {}).get("clientAuthType")
    by = text(_(" authenticated by "))
    before = [text(_("Client ")), link(*_client(event)), by, chip(method)]
    return {
        "verdict": {
            **verdict(found),
            "title_parts": _headline(found),
            "links": _links(event, found),
        },
        "trace": found,
        "trace_aside": _("configuration as of revision %(number)s") % {"number": found.version},
        "before": [{"is_ok": True, "parts": before}] if method else [],
        "answer": answer(found),
        "fixes": [
            {**shown, "href": shown["href"] or mended_url(found.request, fix, "")}
            for shown, fix in zip(fixes(found), found.fixes, strict=True)
        ],
    }


def _links(event: LogEvent, found: Explanation) -> list[dict[str, str]]:
    """What can be tried at once: the request without what is in the way, and the same one now."""
    again = {"label": _("Ask again now"), "href": part_url(EVENT, event.pk, "explain")}
    urls = ((fix, mended_url(found.request, fix, "")) for fix in found.fixes if fix.suffices)
    mended = [{"label": fix.text, "href": url} for fix, url in urls if url]
    for one in mended[:1]:
        one["label"] = _("Try it: %(what)s") % {"what": one["label"][:1].lower() + one["label"][1:]}
    return [*mended[:1], again]


def _headline(found: Explanation) -> list[Part]:
    """The answer, with machine words as such."""
    names = sorted({*found.decision.dropped_names, *found.decision.scopes}, key=len, reverse=True)
    if not names:
        return [text(found.headline)]
    pieces = re.split(rf"(?<!\S)({'|'.join(map(re.escape, names))})(?![\w:])", found.headline)
    return [chip(one) if one in names else text(one) for one in pieces if one]


def _client(event: LogEvent) -> tuple[str, str]:
    name = client_name(event) or event.client_id
    return name, change_url("clients.Client", event.client_id) if event.client_id else ""


def _side(title: str, aside: str, found: Explanation) -> dict[str, Any]:
    return {
        "title": title,
        "aside": _("%(at)s, configuration revision %(n)s") % {"at": aside, "n": found.version},
        "verdict": verdict(found),
        "trace": found,
        "answer": answer(found),
        "fixes": fixes(found),
    }
