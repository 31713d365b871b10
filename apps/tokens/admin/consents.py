"""What users have allowed clients, scope by scope."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from apps.systemlog.admin.parts import chips_html, moment
from apps.tokens.admin.lists import FoundByOwner
from apps.tokens.admin.owners import owner_link, with_owners
from apps.tokens.models import Consent


@admin.register(Consent)
class ConsentAdmin(FoundByOwner):
    """Remembered until withdrawn; read only."""

    list_display = ("user", "client", "server", "what", "since")
    list_display_links = None
    found_exactly = served = ("user_id", "client_id", "server_id")
    search_help_text = _("The id of a user, client or server.")
    ordering = ("-created",)
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With those who said so."""
        return with_owners(super().get_queryset(request))

    @admin.display(description=_("User"))
    def user(self, row: Any) -> SafeString | str:
        """Who allowed it."""
        return owner_link("directory.User", row.user_id, row.user_login)

    @admin.display(description=_("Client"))
    def client(self, row: Any) -> SafeString | str:
        """Whom."""
        return owner_link("clients.Client", row.client_id, row.client_name)

    @admin.display(description=_("Server"))
    def server(self, row: Any) -> SafeString | str:
        """Where."""
        return owner_link("servers.AuthorizationServer", row.server_id, row.server_name)

    @admin.display(description=_("Scope"))
    def what(self, row: Consent) -> SafeString:
        """What."""
        return chips_html([row.scope])

    @admin.display(description=_("Since"))
    def since(self, row: Consent) -> str:
        """When."""
        return moment(row.created)
