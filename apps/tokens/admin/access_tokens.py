"""Opaque access tokens; JWTs have no rows."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from apps.systemlog.admin.actions import bulk_action
from apps.systemlog.admin.parts import change_url, chips_html, link_html, moment
from apps.tokens.admin.lists import TokenAdmin
from apps.tokens.administration import revoke_access_token
from apps.tokens.models import AccessToken


@admin.register(AccessToken)
class AccessTokenAdmin(TokenAdmin):
    """Known by the last four characters of their digests."""

    list_display = (
        *("name", "user", "client", "server", "grant", "scope_list"),
        *("issued", "expires", "standing"),
    )
    newest = ("-expires_at", "-digest")
    actions = [
        bulk_action(
            "revoke_tokens",
            _("Revoke access tokens"),
            lambda actor, token: revoke_access_token(actor=actor, digest=token.pk),
            done=_("access tokens revoked"),
            warning=_("They end at once; refresh tokens live on."),
        )
    ]

    @admin.display(description=_("Token"))
    def name(self, token: AccessToken) -> SafeString:
        """Enough to tell two apart."""
        return chips_html([str(token)])

    @admin.display(description=_("Grant"), empty_value="")
    def grant(self, token: AccessToken) -> SafeString | str:
        """What it was issued from."""
        if not token.grant_id:
            return ""
        return link_html(token.grant_id, change_url("tokens.Grant", token.grant_id))

    @admin.display(description=_("Issued"))
    def issued(self, token: AccessToken) -> str:
        """When."""
        return moment(token.issued_at)
