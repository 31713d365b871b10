"""What the console's process views share: permissions, rows by id, and answers."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from apps.clients.models import Client
from apps.directory import owners
from apps.directory.roles import REVOKE
from apps.servers.admin.page import SERVER, TABS, tab_url
from apps.servers.models import AuthorizationServer
from apps.systemlog.admin.parts import Words, list_url
from apps.tokens.models import Grant


def permission(model: type[Model], verb: str) -> str:
    """`clients.view_client`."""
    return f"{model._meta.app_label}.{verb}_{model._meta.model_name}"


def may_change(request: HttpRequest, model: type[Model], row: Model | None = None) -> bool:
    """Whether this person may change rows of the model, or this one: an owner of the server or the
    client that it is, or belongs to."""
    needed = REVOKE if model is Grant else permission(model, "change")
    if request.user.has_perm(needed):
        return True
    return any(owners.may_change(request.user, one) for one in _owned(row))


def _owned(row: Any) -> list[Any]:
    """What can be owned of a row."""
    if isinstance(row, Grant):
        servers = AuthorizationServer.objects.filter(pk=row.server_id)
        return [*Client.objects.filter(pk=row.client_id), *servers]
    return [row] if isinstance(row, AuthorizationServer | Client) else []


def row_or_404(request: HttpRequest, model: type[Model], object_id: str | int) -> Any:
    """The row; 403 for who may not look, and for a POST of who may not change."""
    if not request.user.has_perm(permission(model, "view")):
        raise PermissionDenied
    row = model._default_manager.filter(pk=unquote(str(object_id))).first()
    if request.method == "POST" and not may_change(request, model, row):
        raise PermissionDenied
    if row is None:
        raise Http404
    return row


def render(request: HttpRequest, template: str, context: dict[str, Any]) -> TemplateResponse:
    """A page of the console."""
    full = {**admin.site.each_context(request), "title": "", **context}
    return TemplateResponse(request, template, full)


def tab_crumbs(server: AuthorizationServer, tab: str, *rest: Words) -> list[dict[str, Any]]:
    """The way to something below a server's tab."""
    return [
        {"label": _("Authorization servers"), "href": list_url(SERVER)},
        {"label": server.name, "href": tab_url(server.pk, "settings")},
        {"label": dict(TABS)[tab], "href": tab_url(server.pk, tab)},
        *({"label": label} for label in rest),
    ]
