"""The filtered lists that the dashboard leads to where it doesn't name all that needs attention."""

from typing import Any, Final

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.clients.admin.clients import ClientAdmin
from apps.clients.selectors import expiring_secrets
from apps.oauth.console.dashboard_attention import SOON, keys_due, without_policy
from apps.oauth.unused import unused_clients
from apps.servers.admin.servers import AuthorizationServerAdmin

PARAMETER: Final = "attention"


class ClientsInNeed(admin.SimpleListFilter):
    """Clients that the dashboard tells of."""

    title, parameter_name = gettext_lazy("attention"), PARAMETER

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Why it tells of them."""
        return [("unused", _("No token for 90 days")), ("secret", _("A secret expires soon"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Exactly those."""
        now = timezone.now()
        if self.value() == "unused":
            return queryset.filter(pk__in=unused_clients(now).order_by().values("pk"))
        if self.value() == "secret":
            ending = expiring_secrets(now, now + SOON).order_by()
            return queryset.filter(pk__in=ending.values("client_id"))
        return queryset


class ServersInNeed(admin.SimpleListFilter):
    """Servers that the dashboard tells of."""

    title, parameter_name = gettext_lazy("attention"), PARAMETER

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Why it tells of them."""
        return [("policy", _("No access policy")), ("key", _("A key that nobody rotates"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Exactly those."""
        if self.value() == "policy":
            return queryset.filter(pk__in=without_policy().values("pk"))
        if self.value() == "key":
            return queryset.filter(pk__in=keys_due(timezone.now()).values("server_id"))
        return queryset


TABLES: Final[dict[Any, type[admin.SimpleListFilter]]] = {
    ClientAdmin: ClientsInNeed,
    AuthorizationServerAdmin: ServersInNeed,
}
for table, in_need in TABLES.items():
    table.list_filter = (*table.list_filter, in_need)
    table.never_narrow = (*table.never_narrow, PARAMETER)
