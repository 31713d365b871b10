"""What the pages of one authorization server share: its head, its tabs, and the forms of its parts.

Counts of what belongs to apps above are reached through relations only.
"""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.directory.admin.owned import OwnedAdmin
from apps.directory.owners import may_change
from apps.servers.models import AuthorizationServer, Installation, Review
from apps.systemlog.admin.parts import Words, badge, chip, list_url, part_url, state, text

SERVER = "servers.AuthorizationServer"
TABS = (
    ("settings", gettext_lazy("Settings")),
    ("scopes", gettext_lazy("Scopes")),
    ("claims", gettext_lazy("Claims")),
    ("policies", gettext_lazy("Access policies")),
    ("keys", gettext_lazy("Keys")),
    ("clients", gettext_lazy("Clients")),
    ("try", gettext_lazy("Try it")),
    ("tests", gettext_lazy("Tests")),
    ("tokens", gettext_lazy("Tokens")),
    ("history", gettext_lazy("History")),
)
COUNTED = frozenset({"scopes", "claims", "policies"})


def issuer_of(server: AuthorizationServer) -> str:
    """Who its tokens say they are from (R1, R19)."""
    if server.is_organization:
        organization = Installation.objects.values_list("organization", flat=True).get(pk=1)
        return f"{settings.BASE_URL}/{organization}/login"
    return f"{settings.BASE_URL}/oauth2/{server.pk}"


def tab_url(server_id: str, tab: str) -> str:
    """The address of a server's tab."""
    return part_url(SERVER, server_id, "change" if tab == "settings" else tab)


def server_head(
    server: AuthorizationServer, tab: str, actions: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """`page`, `crumbs`, `tabs`, `tab` and `waiting` of `admin/server_page.html`."""
    page = {
        "title": server.name,
        "status": state(server.status, server.get_status_display()),
        "facts": [
            [text(_("Protects ")), chip(server.audience)],
            [text(_("issuer ")), chip(issuer_of(server))],
        ],
        "actions": actions or [],
    }
    crumbs = [
        {"label": _("Authorization servers"), "href": list_url(SERVER)},
        {"label": server.name},
    ]
    return {
        "page": page,
        "crumbs": crumbs,
        "tabs": [_tab(server, name, label, tab) for name, label in TABS],
        "tab": tab,
        "title": server.name,
        "waiting": _waiting(server),
    }


def _waiting(server: AuthorizationServer) -> dict[str, Any] | None:
    """A callout while changes of the server wait for a second person; None while none do."""
    open_ = Review.objects.filter(state=Review.State.OPEN, expires_at__gt=timezone.now())
    number = open_.filter(server=server.pk).count()
    if not number:
        return None
    words = ngettext(
        "%(n)d change of this server waits for a second person",
        "%(n)d changes of this server wait for a second person",
        number,
    )
    see = {"label": _("Review"), "href": f"{reverse('admin:reviews')}?server={server.pk}"}
    return {"title": words % {"n": number}, "links": [see]}


def _tab(server: Any, name: str, label: Words, here: str) -> dict[str, Any]:
    return {
        "label": label,
        "href": tab_url(server.pk, name),
        "is_current": name == here,
        "count": getattr(server, name).count() if name in COUNTED else None,
    }


def _server_of(parent: Any) -> Any:
    """A policy's server, or the server itself."""
    return getattr(parent, "server", parent)


class PartAdmin(OwnedAdmin):
    """A part of one server: it has no list of its own, but a tab of its server's page."""

    tab = ""
    label: Words = ""
    """What one is called in a heading: "scope"."""
    heads_new = True

    def server_id_of(self, obj: Any) -> str:
        """The server that the row belongs to."""
        return str(obj.server_id)

    def owned_of(self, obj: Any) -> Any:
        """The server."""
        return _server_of(self.parent_of(obj))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whoever may change the server that the address names."""
        if super().has_add_permission(request):
            return True
        try:
            return may_change(request.user, _server_of(self.parent(request)))
        except Http404:
            return False

    def parent(self, request: HttpRequest) -> Any:
        """What a new row will belong to, named in the address."""
        server = AuthorizationServer.objects.filter(pk=request.GET.get("server", "")).first()
        if server is None:
            raise Http404
        return server

    def bound(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """The parent beside the actor."""
        parent = self.parent_of(obj) if obj else self.parent(request)
        return {**super().bound(request, obj), "parent": parent}

    def parent_of(self, obj: Any) -> Any:
        """What the row belongs to."""
        return obj.server

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """The way here from the server's tab."""
        parent = self.parent_of(obj) if obj else self.parent(request)
        server = _server_of(parent)
        title = obj.name if obj else _("New %(kind)s") % {"kind": self.label}
        crumbs = [
            {"label": _("Authorization servers"), "href": list_url(SERVER)},
            {"label": server.name, "href": tab_url(server.pk, "settings")},
            {"label": dict(TABS)[self.tab], "href": tab_url(server.pk, self.tab)},
            {"label": title},
        ]
        kind = str(self.label).capitalize()
        is_built_in = bool(obj and getattr(obj, "is_system", False))
        page = {
            "title": title,
            "status": badge(_("Built in"), "info") if is_built_in else None,
            "facts": [[text(_("%(kind)s of %(server)s") % {"kind": kind, "server": server.name})]],
            "actions": self.levers(obj) if obj and self.may_change(request, obj) else [],
        }
        return {"page": page, "crumbs": crumbs}

    def levers(self, obj: Any) -> list[dict[str, Any]]:
        """What may be done with the whole of it."""
        return []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What is built in stays."""
        is_built_in = bool(obj and getattr(obj, "is_system", False))
        return not is_built_in and super().has_delete_permission(request, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Reached through its server."""
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list of servers stands in for a list of parts of all servers."""
        return HttpResponseRedirect(reverse("admin:servers_authorizationserver_changelist"))

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Back to the tab."""
        self.message_user(request, _("%(obj)s was added.") % {"obj": obj})
        return HttpResponseRedirect(tab_url(self.server_id_of(obj), self.tab))

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Back to the tab."""
        self.message_user(request, _("%(obj)s was saved.") % {"obj": obj})
        return HttpResponseRedirect(tab_url(self.server_id_of(obj), self.tab))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Remember where to go back to."""
        request.back_to = tab_url(self.server_id_of(obj), self.tab)  # type: ignore[attr-defined]
        super().delete_model(request, obj)

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: Any) -> HttpResponse:
        """Back to the tab."""
        self.message_user(request, _("%(obj_display)s was deleted.") % {"obj_display": obj_display})
        return HttpResponseRedirect(request.back_to)  # type: ignore[attr-defined]
