"""Token policies in the console: what configuration clients may get (R19)."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.clients.forms import TokenPolicyForm
from apps.clients.models import TokenPolicy
from apps.clients.selectors import clients_of_token_policy
from apps.clients.services import delete_token_policy
from apps.systemlog.admin.listing import counted
from apps.systemlog.admin.parts import (
    action,
    change_url,
    chip,
    chips_html,
    joined,
    link,
    list_url,
    part_url,
    seconds,
    text,
)
from apps.systemlog.admin.service import ServiceAdmin
from apps.systemlog.entries import Actor

POLICY = "clients.TokenPolicy"
CLIENTS_NAMED = 10
SCOPES_SHOWN = 4


@admin.register(TokenPolicy)
class TokenPolicyAdmin(ServiceAdmin):
    """Allowed scopes and lifetimes; any change but the title's ends tokens."""

    form = TokenPolicyForm
    fields = (
        *("title", "allowed_scopes", "access_token_lifetime"),
        *("refresh_token_lifetime", "use_access_jwt"),
    )
    list_display = ("title", "scopes", "access", "refresh", "used_by")
    found_by_beginning = ("title",)
    ordering = ("title",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[TokenPolicy]:
        """With the number of clients."""
        return super().get_queryset(request).annotate(users=counted(TokenPolicy, "clients"))

    def remove(self, actor: Actor, obj: Any) -> None:
        """Refused while a client uses it."""
        delete_token_policy(actor=actor, policy=obj)

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """Title, id, and who uses it."""
        clients = clients_of_token_policy(obj)[:CLIENTS_NAMED]
        names = joined(link(one.name, change_url("clients.Client", one.pk)) for one in clients)
        page = {
            "title": obj.title,
            "facts": [
                [text(_("id ")), chip(obj.pk)],
                [text(_("used by ")), *(names or [text(_("no client"))])],
            ],
            "actions": [action(_("History"), part_url(POLICY, obj.pk, "history"))],
        }
        crumbs = [{"label": _("Token policies"), "href": list_url(POLICY)}, {"label": obj.title}]
        return {"page": page, "crumbs": crumbs}

    @admin.display(description=gettext_lazy("Allowed scopes"))
    def scopes(self, policy: TokenPolicy) -> SafeString:
        """The first few."""
        rest = len(policy.allowed_scopes) - SCOPES_SHOWN
        return chips_html(
            [*policy.allowed_scopes[:SCOPES_SHOWN], *([f"+{rest}"] if rest > 0 else [])]
        )

    @admin.display(description=gettext_lazy("Access token"), ordering="access_token_lifetime")
    def access(self, policy: TokenPolicy) -> str:
        """How long it lives."""
        return seconds(policy.access_token_lifetime)

    @admin.display(description=gettext_lazy("Refresh token"), ordering="refresh_token_lifetime")
    def refresh(self, policy: TokenPolicy) -> str:
        """How long it lives."""
        return seconds(policy.refresh_token_lifetime)

    @admin.display(description=gettext_lazy("Clients"))
    def used_by(self, policy: Any) -> int:
        """How many use it."""
        return int(policy.users)
