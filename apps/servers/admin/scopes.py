"""A server's scopes: forms; their table is a tab of the server's page."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from apps.servers.admin.page import PartAdmin
from apps.servers.forms import SCOPE, ScopeForm
from apps.servers.models import Scope
from apps.servers.services import delete_scope
from apps.systemlog.admin.parts import revoke_action
from apps.systemlog.entries import Actor


@admin.register(Scope)
class ScopeAdmin(PartAdmin):
    """What clients may ask for."""

    form = ScopeForm
    fields = SCOPE
    tab, label = "scopes", _("scope")

    def remove(self, actor: Actor, obj: Any) -> None:
        """Tokens that carry it die."""
        delete_scope(actor=actor, server_id=obj.server_id, scope_id=obj.pk)

    def levers(self, obj: Any) -> list[dict[str, Any]]:
        """End the tokens that carry it; the scope stays."""
        return [revoke_action(scope=obj.pk)]
