"""Grants: users' authorizations of clients, with their refresh tokens."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.systemlog.admin.actions import bulk_action
from apps.systemlog.admin.parts import change_url, link_html, moment
from apps.tokens.admin.lists import TokenAdmin
from apps.tokens.administration import revoke_grant
from apps.tokens.models import Grant


@admin.register(Grant)
class GrantAdmin(TokenAdmin):
    """One row per authorization; its own page is in `apps.oauth.console`."""

    list_display = (*("name", "client", "server", "scope_list", "times", "standing"),)
    newest = ("-sweep_after", "-id")  # what was used last will be swept last
    grant_column = "pk"
    actions = [
        bulk_action(
            "revoke_grants",
            gettext_lazy("Revoke grants"),
            lambda actor, grant: revoke_grant(actor=actor, grant_id=grant.pk),
            done=gettext_lazy("grants revoked"),
            warning=gettext_lazy(
                "Their refresh tokens, and the access tokens issued from them, end at once."
            ),
        )
    ]

    @admin.display(description=gettext_lazy("User"))
    def name(self, grant: Grant) -> SafeString:
        """Whose it is, as a link to its page, and its id."""
        label = getattr(grant, "user_login", "") or grant.user_id or grant.pk
        link = link_html(label, change_url("tokens.Grant", grant.pk))
        return format_html('{}<br><span class="muted small">{}</span>', link, grant.pk)

    @admin.display(description=gettext_lazy("Last used"))
    def times(self, grant: Grant) -> SafeString:
        """The last exchange or refresh, and the absolute end."""
        used = moment(grant.last_used_at) or _("not yet")
        end = (
            _("until %(moment)s") % {"moment": moment(grant.expires_at)}
            if grant.expires_at
            else _("without end")
        )
        return format_html('{}<br><span class="muted small">{}</span>', used, end)
