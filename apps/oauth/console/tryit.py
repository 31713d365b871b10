"""Try it: a token request that nobody makes, what would come of it, and why.

The answer is the endpoints' own (`apps.oauth.simulation`). Nothing is signed, so nothing of the
page can be used as a token; each try is an event of the log (row 297).
"""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.translation import gettext as _

from apps.clients.models import Client
from apps.directory.admin.group_pick import near_groups
from apps.oauth.console.explain import with_names
from apps.oauth.console.fix_urls import at_field
from apps.oauth.console.page import permission, render, row_or_404
from apps.oauth.console.story import answer, fixes, verdict
from apps.oauth.console.tryit_form import (
    TryForm,
    lacking,
    mended_url,
    scope_boxes,
    try_url,
    utc_text,
)
from apps.oauth.console.tryit_tokens import tokens
from apps.oauth.console.typed import near_clients, near_logins
from apps.oauth.simulation.audit import record_try
from apps.oauth.simulation.obstacles import SERVER, Obstacle
from apps.oauth.simulation.simulate import Asked, Simulation, simulate
from apps.servers.admin.page import server_head, tab_url
from apps.servers.models import AuthorizationServer
from apps.systemlog.admin.parts import Part, change_url, chip, list_url, text
from apps.systemlog.admin.service import actor_of

CLIENT = "clients.Client"


def try_page(request: HttpRequest, object_id: str) -> HttpResponse:
    """The tab; the address holds the whole question."""
    server = row_or_404(request, AuthorizationServer, object_id)
    form = TryForm(request.GET)
    boxes, more = scope_boxes(server, form.given["scope"])
    context = {
        "form": form,
        "boxes": boxes,
        "more_scopes": more,
        "clear": tab_url(server.pk, "try"),
        "lacking": "" if form.is_bound else lacking(form.given),
        "found": _found(request, server, form) if form.is_valid() else None,
    }
    full = {**server_head(server, "try"), **context}
    return render(request, "admin/server_page.html", full)


def try_anywhere(request: HttpRequest) -> HttpResponse:
    """From a client or a user: on which server? One that is named is gone to at once."""
    if not request.user.has_perm(permission(AuthorizationServer, "view")):
        raise PermissionDenied
    chosen = {name: request.GET.get(name, "") for name in ("client", "user", "grant_type", "scope")}
    server = AuthorizationServer.objects.filter(pk=request.GET.get("server", "")).first()
    if server is not None:
        return HttpResponseRedirect(try_url(server.pk, **chosen))
    servers = AuthorizationServer.objects.order_by("name").values_list("pk", "name")
    title = _("Try a token request")
    context = {
        "title": title,
        "page": {"title": title, "facts": [[text(_("Nothing is issued."))]]},
        "crumbs": [
            {"label": _("Authorization servers"), "href": list_url("servers.AuthorizationServer")},
            {"label": title},
        ],
        "servers": servers,
        "chosen": {name: value for name, value in chosen.items() if value},
    }
    return render(request, "admin/console/try.html", context)


def typed_json(request: HttpRequest, kind: str) -> JsonResponse:
    """What a field offers while somebody types: a few names that begin so."""
    word = request.GET.get("q", "").strip()
    needed = {"client": "clients.view_client", "group": "directory.view_group"}
    if not request.user.has_perm(needed.get(kind, "directory.view_user")):
        raise PermissionDenied
    found: list[dict[str, str]] = []
    if word and kind == "client":
        found = [{"value": pk, "label": name} for pk, name in near_clients(word)]
    elif word and kind in ("user", "group"):
        names = near_logins(word) if kind == "user" else near_groups(word)
        found = [{"value": name, "label": ""} for name in names]
    return JsonResponse({"found": found})


def _found(request: HttpRequest, server: AuthorizationServer, form: TryForm) -> dict[str, Any]:
    client = Client.objects.get(pk=form.cleaned_data["client"])
    asked, at = form.asked(server.pk, client.client_id), form.at_time()
    found = simulate(asked, at)
    if found is None:
        gone = _("The server or the client is being deleted.")
        return {"verdict": {"tone": "warn", "title_parts": [text(gone)]}}
    record_try(actor_of(request), server, asked, found, at)
    return _shown(server, asked, found, utc_text(at) if form.cleaned_data["at"] else "")


def _shown(server: AuthorizationServer, asked: Asked, found: Simulation, at: str) -> dict[str, Any]:
    explanation = with_names(found.explanation)
    shown = {
        "verdict": _barred(found) if found.obstacles else verdict(explanation),
        "trace": explanation,
        "before": [{"is_ok": False, "parts": [text(one.text)]} for one in found.obstacles],
        "answer": _told(found) if found.refusal else answer(explanation),
        "fixes": _ways(server, found, at),
        "version": found.explanation.version,
    }
    if found.preview is not None:
        shown["tokens"] = tokens(found)
    elif found.explanation.decision.is_allowed and not found.obstacles and found.refusal:
        shown["verdict"] = {"tone": "danger", "title_parts": [text(_claim_fault(found))]}
    return shown


def _barred(found: Simulation) -> dict[str, Any]:
    """What refuses it before any policy is read."""
    first, *others = found.obstacles
    return {
        "tone": "danger",
        "title_parts": [text(first.text)],
        "parts": [
            text(" ".join([*(one.text for one in others), _("No policy is read. By policies:")])),
            text(" "),
            text(found.explanation.headline),
        ],
    }


def _claim_fault(found: Simulation) -> str:
    reason = found.refusal.reason if found.refusal else ""
    return _("The policies allow it, but a claim fails: %(why)s.") % {"why": reason}


def _told(found: Simulation) -> dict[str, Any]:
    """The last line: what the client hears."""
    assert found.refusal is not None  # noqa: S101 - asked by the caller
    told: list[Part] = [text(_(": the client is told ")), chip(found.refusal.code)]
    words = [text(f" {found.refusal.description}")] if found.refusal.description else []
    return {"is_ok": False, "parts": [{"strong": _("Denied")}, *told, *words]}


def _ways(server: AuthorizationServer, found: Simulation, at: str) -> list[dict[str, Any]]:
    """What would make it succeed: obstacles first, each with the page that mends it."""
    barred = [
        {"text": _mending(one), "suffices": False, "href": _place(server, found, one)}
        for one in found.obstacles
    ]
    is_enough = len(barred) == 1 and found.explanation.decision.is_allowed
    then = found.explanation.request
    ways = zip(fixes(found.explanation), found.explanation.fixes, strict=True)
    return [
        *({**one, "suffices": is_enough} for one in barred),
        *(
            {
                **shown,
                "suffices": shown["suffices"] and not barred,
                "href": shown["href"] or mended_url(then, fix, at),
            }
            for shown, fix in ways
        ),
    ]


def _mending(one: Obstacle) -> str:
    return _("Mend this: %(what)s") % {"what": one.text}


def _place(server: AuthorizationServer, found: Simulation, one: Obstacle) -> str:
    if one.about == SERVER:
        return tab_url(server.pk, "settings")
    return at_field(change_url(CLIENT, found.client.id), one.field)
