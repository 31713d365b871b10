"""Histories that need the apps above the object's: a server's, and that of any object by its kind
and id, also after its end."""

from typing import Any
from urllib.parse import urlencode

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import NoReverseMatch
from django.utils.translation import gettext as _

from apps.oauth.console.page import permission, render
from apps.oauth.console.past import past_page
from apps.servers.admin.page import server_head
from apps.servers.models import AuthorizationServer
from apps.systemlog.admin.history import (
    LABELS,
    history_context,
    history_url,
    names_of,
    offer,
)
from apps.systemlog.admin.parts import Part, action, chip, list_url, part_url, text
from apps.systemlog.changed import CLIENT, SERVER, USER
from apps.systemlog.models import LogEvent
from apps.systemlog.past import page_of

PAGES = {SERVER: "history", CLIENT: "history", USER: "history", "UserGroup": "history"}
"""Kinds whose pages have a tab for it."""


def server_history(request: HttpRequest, object_id: str) -> HttpResponse:
    """What changed on a server and everything inside it; with `?at=`, how it was then."""
    if not request.user.has_perm(permission(AuthorizationServer, "view")):
        raise PermissionDenied
    server = AuthorizationServer.objects.filter(pk=object_id).first()
    if wanted := request.GET.get("at"):
        return past_page(request, object_id, server, wanted)
    if server is None:
        return object_history(request, SERVER, object_id)
    context = {
        **server_head(server, "history"),
        **history_context(request, SERVER, server.pk),
        "more": {
            "label": _("Everything about this server in the system log"),
            "href": list_url("systemlog.LogEvent", server_id=server.pk),
        },
    }
    return render(request, "admin/server_page.html", context)


def object_history(request: HttpRequest, kind: str, object_id: str) -> HttpResponse:
    """What the log knows of an object. One that is there, and has a page for it, has it there."""
    if kind not in LABELS:
        raise Http404
    if not request.user.has_perm(permission(LogEvent, "view")):
        raise PermissionDenied
    row = row_of(kind, object_id)
    if row is not None and kind in PAGES:
        return HttpResponseRedirect(part_url(LABELS[kind], object_id, PAGES[kind]))
    context = history_context(request, kind, object_id)
    if row is None and not context["entries"]:
        raise Http404
    name = (
        str(row) if row is not None else names_of(page_of(kind, object_id).events, kind, object_id)
    )
    head = _head(kind, object_id, name, row)
    return render(request, "admin/object_history.html", {**head, **context})


def then_url(server_id: str, event_id: int) -> str:
    """A server's configuration just after an event."""
    return f"{part_url(LABELS[SERVER], server_id, 'history')}?{urlencode({'at': event_id})}"


@offer
def _then(request: HttpRequest, event: LogEvent, kind: str, object_id: str) -> list[Part]:
    """From each change of a server's: how it was then."""
    if not event.server_id or kind == "SigningKey":
        return []
    return [action(_("As it was"), then_url(event.server_id, event.pk), size="small")]


def row_of(kind: str, object_id: str) -> Any:
    """The object as it is now; None when it is gone, or has no row of its own."""
    if kind in ("Membership", "Assignment"):
        return None
    model = apps.get_model(LABELS[kind])
    return model._default_manager.filter(pk=object_id).first()


def _head(kind: str, object_id: str, name: str, row: Any) -> dict[str, Any]:
    model = apps.get_model(LABELS[kind])
    noun = str(model._meta.verbose_name)
    title = _("History of %(name)s") % {"name": name}
    crumbs = [
        {"label": _("System log"), "href": list_url("systemlog.LogEvent")},
        {"label": name, "href": _page(kind, object_id) if row is not None else ""},
        {"label": _("History")},
    ]
    is_pair = kind in ("Membership", "Assignment")
    notice = {
        "tone": "warn",
        "title": _("This %(noun)s is gone") % {"noun": noun},
        "text": _("What the system log knows of it stays readable as long as the log reaches."),
    }
    return {
        "title": title,
        "page": {
            "title": title,
            "facts": [[text(noun.capitalize())], [text(_("id ")), chip(object_id)]],
        },
        "crumbs": crumbs,
        "notice": notice if row is None and not is_pair else None,
    }


def _page(kind: str, object_id: str) -> str:
    """The address of the object's page; empty for what has none."""
    try:
        return part_url(LABELS[kind], object_id, "change")
    except NoReverseMatch:
        return ""


__all__ = ["history_url", "object_history", "row_of", "server_history"]
