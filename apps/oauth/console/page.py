"""What the console's process views share: permissions, rows by id, and answers."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse

from apps.servers.admin.page import SERVER, TABS, tab_url
from apps.servers.models import AuthorizationServer
from apps.systemlog.admin.parts import list_url


def permission(model: type[Model], verb: str) -> str:
    """`clients.view_client`."""
    return f"{model._meta.app_label}.{verb}_{model._meta.model_name}"


def may_change(request: HttpRequest, model: type[Model]) -> bool:
    """Whether this person may change rows of the model."""
    return request.user.has_perm(permission(model, "change"))


def row_or_404(request: HttpRequest, model: type[Model], object_id: str | int) -> Any:
    """The row; 403 for who may not look, and for a POST of who may not change."""
    verb = "change" if request.method == "POST" else "view"
    if not request.user.has_perm(permission(model, verb)):
        raise PermissionDenied
    row = model._default_manager.filter(pk=unquote(str(object_id))).first()
    if row is None:
        raise Http404
    return row


def render(request: HttpRequest, template: str, context: dict[str, Any]) -> TemplateResponse:
    """A page of the console."""
    full = {**admin.site.each_context(request), "title": "", **context}
    return TemplateResponse(request, template, full)


def tab_crumbs(server: AuthorizationServer, tab: str, *rest: str) -> list[dict[str, str]]:
    """The way to something below a server's tab."""
    return [
        {"label": "Authorization servers", "href": list_url(SERVER)},
        {"label": server.name, "href": tab_url(server.pk, "settings")},
        {"label": dict(TABS)[tab], "href": tab_url(server.pk, tab)},
        *({"label": label} for label in rest),
    ]
