"""Grants: users' authorizations of clients, with their refresh tokens."""

from django.contrib import admin
from django.utils.safestring import SafeString

from apps.systemlog.admin.actions import bulk_action
from apps.systemlog.admin.parts import change_url, link_html, moment
from apps.tokens.admin.lists import TokenAdmin
from apps.tokens.administration import revoke_grant
from apps.tokens.models import Grant


@admin.register(Grant)
class GrantAdmin(TokenAdmin):
    """One row per authorization; its own page is in `apps.oauth.console`."""

    list_display = (
        *("name", "user", "client", "server", "scope_list", "last_used", "expires", "standing"),
    )
    actions = [
        bulk_action(
            "revoke_grants",
            "Revoke grants",
            lambda actor, grant: revoke_grant(actor=actor, grant_id=grant.pk),
            done="grants revoked",
            warning="Their refresh tokens, and the access tokens issued from them, end at once.",
        )
    ]

    @admin.display(description="Grant")
    def name(self, grant: Grant) -> SafeString:
        """Its id, as a link to its page."""
        return link_html(grant.pk, change_url("tokens.Grant", grant.pk))

    @admin.display(description="Last used")
    def last_used(self, grant: Grant) -> str:
        """The last exchange or refresh."""
        return moment(grant.last_used_at) or "not yet"
