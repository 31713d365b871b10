"""One event of the system log as a page: first the answer, then the reason, then the data."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse

from apps.oauth.console.explain import with_names
from apps.oauth.console.page import render, row_or_404
from apps.oauth.console.story import answer, fixes, verdict
from apps.oauth.console.tryit_form import again_url
from apps.oauth.simulation.again import ask_again, explanation_of
from apps.systemlog.admin.history import field_rows
from apps.systemlog.admin.log import REFERENCE
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
    SERVER,
    actor_name,
    client_name,
    is_denial,
    sentence,
    target_name,
    targets,
    who,
)
from apps.systemlog.events import CATALOGUE
from apps.systemlog.models import LogEvent
from apps.systemlog.render import as_log_event
from authzsite.domain.explanation import Explanation

EVENT = "systemlog.LogEvent"
ALSO = timedelta(hours=1)
ALSO_SHOWN = 6
REFERENCE_SHOWN = 50
AGENT_SHOWN = 80
TOLD = frozenset({"trace", "requestId", "authorizationServer", "authorizationServerName"})
LINKED = {
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


def event_page(request: HttpRequest, object_id: str) -> HttpResponse:
    """The event's own page."""
    event = row_or_404(request, LogEvent, object_id)
    found = explanation_of(event)
    story = _story(event, with_names(found)) if isinstance(found, Explanation) else {}
    if isinstance(found, str):
        story = {"verdict": {"tone": "warn", "title_parts": [text(f"Unreadable trace: {found}")]}}
    context = {
        "title": sentence(event),
        "page": _head(event, found),
        "crumbs": [{"label": "System log", "href": list_url(EVENT)}, {"label": event.uuid[:8]}],
        "facts": list(_facts(event, found)),
        "changes": field_rows(event),
        "also": _also(event),
        "raw": json.dumps(as_log_event(event), indent=2, ensure_ascii=False),
        **story,
    }
    return render(request, "admin/systemlog/event.html", context)


def event_json(request: HttpRequest, object_id: str) -> HttpResponse:
    """The event in Okta's LogEvent shape."""
    event = row_or_404(request, LogEvent, object_id)
    return JsonResponse(as_log_event(event), json_dumps_params={"indent": 2})


def explain_page(request: HttpRequest, object_id: str) -> HttpResponse:
    """Then and now, side by side."""
    event = row_or_404(request, LogEvent, object_id)
    then = explanation_of(event)
    if not isinstance(then, Explanation):
        return HttpResponseRedirect(change_url(EVENT, event.pk))
    now = ask_again(then.request)
    sides = [_side("Then", instant(event.published), with_names(then))]
    if now.explanation:
        sides.append(_side("Now", "asked again", with_names(now.explanation)))
    crumbs = [
        {"label": "System log", "href": list_url(EVENT)},
        {"label": sentence(event), "href": change_url(EVENT, event.pk)},
        {"label": "Then and now"},
    ]
    context = {
        "title": "Then and now",
        "page": {"title": "Then and now", "facts": [[text(sentence(event))]]},
        "crumbs": crumbs,
        "outcome": _outcome(then, now.explanation, now.problem),
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
    rows = [
        [
            text(instant(event.published)),
            link(sentence(event), change_url(EVENT, event.pk)),
            text(actor_name(event)),
            {"badge": state(event.outcome)},
        ]
        for event in events
    ]
    context = {
        "title": f"Reference {reference[:40]}",
        "reference": reference[:40],
        "found": bool(events),
        "table": table(("When", "What happened", "Who", "Outcome"), rows),
    }
    response = render(request, "admin/systemlog/reference.html", context)
    response.status_code = 200 if events else 404
    return response


def _head(event: LogEvent, found: Any) -> dict[str, Any]:
    client = client_name(event)
    named = [text("client "), link(*_client(event))]
    agent = str(event.body.get("userAgent") or "")[:AGENT_SHOWN]
    facts = [
        [text(instant(event.published))],
        named if client and event.client_id else [],
        [text(event.ip_address)] if event.ip_address else [],
        [text(agent)] if agent else [],
        [text("reference "), chip(event.reference)] if event.reference else [],
    ]
    actions = [
        action("All of this flow", list_url(EVENT, reference=event.reference)),
        action("JSON", part_url(EVENT, event.pk, "json")),
    ]
    if is_denial(event):
        actions.append(action("Then and now", part_url(EVENT, event.pk, "explain")))
        actions += _try_again(event, found)
    return {
        "title": sentence(event),
        "status": state(event.outcome),
        "facts": [fact for fact in facts if fact],
        "actions": actions,
    }


def _try_again(event: LogEvent, found: Any) -> list[Part]:
    """The same request, to be tried and changed."""
    if not isinstance(found, Explanation):
        return []
    label = f"Try again as {who(event)}" if found.request.has_user else "Try again"
    return [action(label, again_url(found.request), tone="primary")]


def _story(event: LogEvent, found: Explanation) -> dict[str, Any]:
    method = event.body.get("debugData", {}).get("clientAuthType")
    before = [text("Client "), link(*_client(event)), text(" authenticated by "), chip(method)]
    return {
        "verdict": verdict(found),
        "trace": found,
        "trace_aside": f"configuration as of revision {found.version}",
        "before": [{"is_ok": True, "parts": before}] if method else [],
        "answer": answer(found),
        "fixes": fixes(found),
    }


def _client(event: LogEvent) -> tuple[str, str]:
    name = client_name(event) or event.client_id
    return name, change_url("clients.Client", event.client_id) if event.client_id else ""


def _side(title: str, aside: str, found: Explanation) -> dict[str, Any]:
    return {
        "title": title,
        "aside": f"{aside}, configuration revision {found.version}",
        "verdict": verdict(found),
        "trace": found,
        "answer": answer(found),
        "fixes": fixes(found),
    }


def _outcome(then: Explanation, now: Explanation | None, problem: str) -> dict[str, str]:
    if now is None:
        return {"tone": "warn", "title": f"It can't be asked again. {problem}"}
    if then.decision.is_allowed == now.decision.is_allowed:
        same = "granted" if now.decision.is_allowed else "denied"
        return {"tone": "info", "title": f"The same request would be {same} now, too."}
    if now.decision.is_allowed:
        return {"tone": "success", "title": "The same request would be granted now."}
    return {"tone": "danger", "title": "The same request would be denied now."}


def _facts(event: LogEvent, found: Any) -> Iterator[dict[str, Any]]:
    kind = CATALOGUE.get(event.event_type)
    yield {
        "label": "Event",
        "parts": [chip(event.event_type)],
        "hint": kind.message if kind else "",
    }
    yield {"label": "Who", "parts": [_actor(event)]}
    about = [_target(one) for one in targets(event) if one.get("id") != event.actor_id]
    if about:
        yield {"label": "What", "parts": [part for one in about for part in (one, text(" "))]}
    if isinstance(found, Explanation):
        lacking = set(found.decision.dropped_names)
        asked = found.request.requested_scopes or ()
        chips = [chip(name, "danger" if name in lacking else "") for name in asked]
        yield {"label": "Asked for", "chips": chips, "text": "no scope"}
    if event.reason:
        yield {"label": "Reason", "parts": [chip(event.reason)]}
    for name, value in (event.body.get("debugData") or {}).items():
        if name not in TOLD and value not in ("", None):
            yield {"label": _spaced(name), "text": str(value)}


def _spaced(name: str) -> str:
    """`grantType` → `Grant type`."""
    words = "".join(f" {one.lower()}" if one.isupper() else one for one in name)
    return words.strip().capitalize()


def _actor(event: LogEvent) -> Part:
    label = {"User": "directory.User", "PublicClientApp": "clients.Client"}.get(event.actor_type)
    name = actor_name(event)
    is_row = label and event.actor_id not in ("", "unknown", "system")
    return link(name, change_url(str(label), event.actor_id)) if is_row else text(name)


def _target(one: dict[str, Any]) -> Part:
    name = str(one.get("displayName") or one.get("alternateId") or one.get("id") or "")
    label = LINKED.get(str(one.get("type")))
    return link(name, change_url(label, one.get("id"))) if label and one.get("id") else text(name)


def _also(event: LogEvent) -> dict[str, Any] | None:
    column = "user_id" if event.user_id else "client_id"
    owner = getattr(event, column)
    if not owner:
        return None
    start = event.published - ALSO
    near = LogEvent.objects.filter(**{column: owner}, published__gte=start, pk__lt=event.pk)
    rows = [
        {
            "when": instant(one.published)[11:19],
            "text": sentence(one),
            "href": change_url(EVENT, one.pk),
        }
        for one in near.order_by("-pk")[:ALSO_SHOWN]
    ]
    name = who(event) if column == "user_id" else client_name(event) or target_name(event, SERVER)
    more = {"label": "All of it", "href": list_url(EVENT, **{column: owner})}
    title = f"Also from {name}, the hour before"
    return {"title": title, "rows": rows, "more": more} if rows else None
