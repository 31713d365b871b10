"""Put back: a page that says what would be, then the same services as any save."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.clients.models import Client
from apps.directory import owners
from apps.oauth.console.page import render
from apps.oauth.putback.plan import KEEPERS, Plan, Problem, plan_for, reason_against, subject_of
from apps.servers.models import AuthorizationServer
from apps.servers.services.tested import whole_change
from apps.systemlog.admin.confirm import ask, is_confirmed
from apps.systemlog.admin.history import diff_rows, history_url, offer
from apps.systemlog.admin.labels import label_of
from apps.systemlog.admin.parts import Part, action, change_url, list_url
from apps.systemlog.admin.service import actor_of, attempt
from apps.systemlog.admin.tell import sentence
from apps.systemlog.models import LogEvent

EVENT = "systemlog.LogEvent"
WHOLE = "whole"
STAYS = gettext_lazy("What was revoked stays revoked; secrets and passwords don't come back.")


def put_back_page(request: HttpRequest, object_id: int) -> HttpResponse:
    """What would be put back, and a button that does it; with `?whole=1` all that came since."""
    if not request.user.has_perm("systemlog.view_logevent"):
        raise PermissionDenied
    event = LogEvent.objects.filter(pk=object_id).first()
    if event is None:
        raise Http404
    if not may_put_back(request.user, event):
        raise PermissionDenied
    is_whole = WHOLE in request.GET or WHOLE in request.POST
    try:
        plan = plan_for(event, request.user, whole=is_whole)
    except Problem as problem:
        return _cannot(request, event, str(problem))
    if is_confirmed(request):
        return _put_back(request, plan)
    return _question(request, event, plan, is_whole=is_whole)


def may_put_back(user: Any, event: LogEvent) -> bool:
    """Whether this person may change what the event is about: all of its kind, or as an owner of
    the server or client."""
    kind, _object_id = subject_of(event)
    keeper = KEEPERS.get(kind)
    needed = keeper.change if keeper else "clients.change_client"
    if user.has_perm(needed):
        return True
    if kind in ("User", "UserGroup", "Membership", "TokenPolicy", "LoginPolicy", "InlineHook"):
        return False
    owned = (
        AuthorizationServer.objects.filter(pk=event.server_id) if event.server_id else (),
        Client.objects.filter(pk=event.client_id) if event.client_id else (),
    )
    return any(owners.may_change(user, row) for rows in owned for row in rows)


def put_back_url(event: LogEvent) -> str:
    """The page of one event."""
    return reverse("admin:put_back", args=[event.pk])


@offer
def _offered(request: HttpRequest, event: LogEvent, kind: str, object_id: str) -> list[Part]:
    """From each entry that holds enough, for those who may change what it is about."""
    if reason_against(event) or not _may_here(request, event):
        return []
    return [action(_("Put back…"), put_back_url(event), size="small")]


def _may_here(request: HttpRequest, event: LogEvent) -> bool:
    """Once for all entries of a page that are about the same server or client."""
    kept: dict[Any, bool] = request.__dict__.setdefault("_may_put_back", {})
    key = (subject_of(event)[0], event.server_id, event.client_id)
    if key not in kept:
        kept[key] = may_put_back(request.user, event)
    return kept[key]


def _put_back(request: HttpRequest, plan: Plan) -> HttpResponse:
    def change() -> list[str]:
        with whole_change():
            return plan.run(actor_of(request))

    notes = attempt(request, change, _("%(name)s was put back.") % {"name": plan.name})
    for words in notes or []:
        messages.info(request, words)
    return HttpResponseRedirect(history_url(plan.kind, plan.object_id))


def _question(request: HttpRequest, event: LogEvent, plan: Plan, *, is_whole: bool) -> HttpResponse:
    actor = actor_of(request)

    def change() -> None:
        with whole_change():
            plan.run(actor)

    title = _("Put %(name)s back?") % {"name": plan.name}
    body = (
        _("It is made again, with its former values.")
        if plan.is_new
        else _("These fields get their former values again.")
    )
    left = ", ".join(label_of(name) for name in plan.left)
    stays = [_("These stay as they are: %(names)s.") % {"names": left}] if left else []
    response = ask(
        request,
        title=title,
        body=f"{body} {STAYS}",
        button=_("Put back"),
        back=history_url(plan.kind, plan.object_id),
        change=change,
        names=[*stays, *_other_way(plan, is_whole=is_whole)],
        fields=[(WHOLE, "1")] if is_whole else [],
        crumbs=_crumbs(event, title),
    )
    response.template_name = "admin/console/putback.html"
    response.context_data = {
        **(response.context_data or {}),
        "differences": diff_rows(plan.before, plan.after),
        "switch": _switch(event, plan, is_whole=is_whole),
    }
    return response


def _other_way(plan: Plan, *, is_whole: bool) -> list[str]:
    if plan.is_new or not is_whole:
        return []
    return [_("All that changed since this entry is taken back with it.")]


def _switch(event: LogEvent, plan: Plan, *, is_whole: bool) -> Part | None:
    if is_whole:
        return action(_("Only this change"), put_back_url(event))
    if plan.kind in KEEPERS and not plan.is_new:
        return action(_("All that changed since, too"), f"{put_back_url(event)}?{WHOLE}=1")
    return None


def _cannot(request: HttpRequest, event: LogEvent, why: str) -> HttpResponse:
    title = _("This can't be put back")
    context = {
        "title": title,
        "page": {"title": title},
        "crumbs": _crumbs(event, title),
        "notice": {"tone": "warn", "title": why, "text": sentence(event)},
        "sections": [],
    }
    return render(request, "admin/console/tab.html", context)


def _crumbs(event: LogEvent, title: str) -> list[dict[str, str]]:
    kind, object_id = subject_of(event)
    history = history_url(kind, object_id) if kind else change_url(EVENT, event.pk)
    return [
        {"label": _("System log"), "href": list_url(EVENT)},
        {"label": _("History"), "href": history},
        {"label": title},
    ]
