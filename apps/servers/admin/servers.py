"""The list of authorization servers and a server's settings."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.directory.admin.owned import OwnedAdmin
from apps.servers.admin.page import SERVER, issuer_of, server_head, tab_url
from apps.servers.forms import ServerForm
from apps.servers.models import AuthorizationServer
from apps.servers.seeds import DEFAULT_SERVER_ID
from apps.servers.services import (
    activate_server,
    deactivate_server,
    delete_server,
    revoke_server_tokens,
)
from apps.systemlog.admin.actions import bulk_action
from apps.systemlog.admin.choosing import ChooseSeveral
from apps.systemlog.admin.confirm import ask, is_confirmed
from apps.systemlog.admin.listing import counted
from apps.systemlog.admin.parts import (
    Words,
    action,
    badge_html,
    list_url,
    part_url,
    post_action,
)
from apps.systemlog.admin.service import actor_of, attempt
from apps.systemlog.entries import Actor

DIES = gettext_lazy("Every token of the server ends at once, and nobody gets new ones from it.")
FORM = (
    (None, {"fields": ("name", "description", "audience", "resource_servers", "owners")}),
    (
        gettext_lazy("Tokens"),
        {"fields": ("access_token_format", "scope_mode", "revoke_on_password_change")},
    ),
    (gettext_lazy("Keys"), {"fields": ("signing_alg", "rotation_mode")}),
    (gettext_lazy("Four eyes"), {"fields": ("second_person",)}),
)
CHANGES: dict[str, tuple[Any, Words, Words, Words, Words]] = {
    "activate": (
        activate_server,
        gettext_lazy("Activate %(server)s?"),
        gettext_lazy("Activate"),
        gettext_lazy("%(server)s is active."),
        gettext_lazy("Earlier tokens stay dead."),
    ),
    "deactivate": (
        deactivate_server,
        gettext_lazy("Deactivate %(server)s?"),
        gettext_lazy("Deactivate"),
        gettext_lazy("%(server)s is inactive."),
        DIES,
    ),
    "revoke": (
        revoke_server_tokens,
        gettext_lazy("Revoke all tokens of %(server)s?"),
        gettext_lazy("Revoke all tokens"),
        gettext_lazy("%(server)s has no living token any more."),
        gettext_lazy("Every token of the server ends at once; clients may get new ones."),
    ),
}


@admin.register(AuthorizationServer)
class AuthorizationServerAdmin(OwnedAdmin):
    """Protected APIs, each with one audience and one issuer."""

    form = ServerForm
    list_display = ("name", "protects", "state", "mode", "policy_count", "scope_count")
    list_filter = ("status",)
    found_exactly = ("id", "name", "audience")
    found_by_beginning = ("name", "audience")
    search_help_text = gettext_lazy(
        "The beginning of a name or an audience; = for the whole, or an id."
    )
    ordering = ("name",)
    sortable_by = ("name", "protects", "state", "mode")
    actions = [
        bulk_action(
            "activate_servers",
            gettext_lazy("Activate servers"),
            lambda actor, server: activate_server(actor=actor, server_id=server.pk),
            done=gettext_lazy("servers activated"),
        ),
        bulk_action(
            "deactivate_servers",
            gettext_lazy("Deactivate servers"),
            lambda actor, server: deactivate_server(actor=actor, server_id=server.pk),
            done=gettext_lazy("servers deactivated"),
            warning=gettext_lazy("Every token of these servers ends at once."),
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuthorizationServer]:
        """With the numbers of policies and scopes."""
        names = ("policies", "scopes")
        counts = {f"{name}_": counted(AuthorizationServer, name) for name in names}
        return super().get_queryset(request).annotate(**counts)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The id is chosen once."""
        if obj is not None:
            return FORM
        return [(None, {"fields": ("id", *FORM[0][1]["fields"])}), *FORM[1:]]

    def formfield_for_manytomany(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Clients are found by typing."""
        kwargs["widget"] = ChooseSeveral(db_field, self.admin_site)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """The declared field needs the same widget."""
        form = super().get_form(request, obj, change=change, **kwargs)
        field = AuthorizationServer._meta.get_field("resource_servers")
        form.base_fields["resource_servers"].widget = ChooseSeveral(
            field, self.admin_site, choices=form.base_fields["resource_servers"].choices
        )
        return form

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The built-in ones stay."""
        is_kept = obj is not None and (obj.is_organization or obj.pk == DEFAULT_SERVER_ID)
        return not is_kept and super().has_delete_permission(request, obj)

    def remove(self, actor: Actor, obj: Any) -> None:
        """With scopes, claims, policies and keys."""
        delete_server(actor=actor, server_id=obj.pk)

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any] | None:
        """The server's head, with what may be done to the whole of it."""
        if obj is None:
            return None
        buttons = self._buttons(obj) if self.may_change(request, obj) else []
        return server_head(obj, "settings", buttons)

    def _buttons(self, server: AuthorizationServer) -> list[dict[str, Any]]:
        revoke = action(_("Revoke all tokens…"), part_url(SERVER, server.pk, "revoke"))
        if server.status == "ACTIVE":
            return [revoke, action(_("Deactivate…"), part_url(SERVER, server.pk, "deactivate"))]
        url = part_url(SERVER, server.pk, "activate")
        return [revoke, post_action(_("Activate"), url, tone="primary", confirmed="1")]

    def row_pages(self) -> dict[str, Callable[..., HttpResponse]]:
        """Changes of the whole of it; its tabs are in `apps.oauth.console`."""
        return {verb: partial(self.change_whole, verb=verb) for verb in CHANGES}

    def change_whole(self, request: HttpRequest, object_id: str, verb: str) -> HttpResponse:
        """Activate, deactivate, or end all tokens; the question comes first."""
        server = self.found(request, object_id, change=True)
        service, title, button, done, body = CHANGES[verb]
        back = tab_url(server.pk, "settings")
        if is_confirmed(request):
            attempt(
                request,
                lambda: service(actor=actor_of(request), server_id=server.pk),
                done % {"server": server},
            )
            return HttpResponseRedirect(back)
        return ask(
            request,
            title=title % {"server": server},
            body=body,
            button=button,
            back=back,
            change=lambda: service(actor=actor_of(request), server_id=server.pk),
            crumbs=[
                {"label": _("Authorization servers"), "href": list_url(SERVER)},
                {"label": server.name, "href": back},
            ],
        )

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """On to what it lacks: without a policy it issues nothing."""
        self.message_user(
            request, _("%(obj)s was added. It issues nothing until it has a policy.") % {"obj": obj}
        )
        return HttpResponseRedirect(tab_url(obj.pk, "policies"))

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Stay on the tab."""
        self.message_user(request, _("%(obj)s was saved.") % {"obj": obj})
        return HttpResponseRedirect(tab_url(obj.pk, "settings"))

    @admin.display(description=gettext_lazy("Protects"), ordering="audience")
    def protects(self, server: AuthorizationServer) -> SafeString:
        """The audience, and who its tokens are from."""
        issuer = issuer_of(server)
        return format_html('{}<br><span class="muted small">{}</span>', server.audience, issuer)

    @admin.display(description=gettext_lazy("Status"), ordering="status")
    def state(self, server: AuthorizationServer) -> SafeString:
        """Whether it issues anything."""
        return badge_html(server.status, server.get_status_display())

    @admin.display(description=gettext_lazy("Scope mode"), ordering="scope_mode")
    def mode(self, server: AuthorizationServer) -> str:
        """Reject or narrow."""
        return (
            _("Narrow")
            if server.scope_mode == AuthorizationServer.ScopeMode.NARROW
            else _("Reject")
        )

    @admin.display(description=gettext_lazy("Policies"))
    def policy_count(self, server: Any) -> int:
        """How many it has; none issues nothing."""
        return int(server.policies_)

    @admin.display(description=gettext_lazy("Scopes"))
    def scope_count(self, server: Any) -> int:
        """How many it defines."""
        return int(server.scopes_)
