"""Forms of servers, scopes and claims; each calls the services."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.clients.models import Client
from apps.directory.forms import keep_for_superusers, owners_field
from apps.servers.models import AuthorizationServer, Claim, Scope
from apps.servers.services import (
    create_claim,
    create_scope,
    create_server,
    set_resource_servers,
    set_server_owners,
    update_claim,
    update_scope,
    update_server,
)
from apps.systemlog.admin.service import ServiceForm

SETTINGS = (
    *("name", "description", "audience", "scope_mode", "access_token_format", "signing_alg"),
    *("rotation_mode", "revoke_on_password_change", "second_person"),
)
SCOPE = (
    *("name", "display_name", "description", "consent", "is_optional", "is_default"),
    "metadata_publish",
)
CLAIM = (
    *("name", "claim_type", "value_type", "value", "group_filter_type", "scopes"),
    *("always_include_in_token", "status"),
)
HELP = {
    "audience": _(
        "The API that it protects: an absolute URI. Changing it ends the server's tokens."
    ),
    "scope_mode": _("What becomes of a scope that isn't allowed. Changing it ends its tokens."),
    "access_token_format": _("Changing it ends the server's tokens."),
    "signing_alg": _("Changing it makes new keys; what the old ones signed still verifies."),
    "second_person": _(
        "Somebody else has to approve each change of this server and its parts, also "
        "the one that switches this off. Ending tokens never needs anybody."
    ),
    "revoke_on_password_change": _("When a user's password changes, their tokens here end."),
}


class ServerForm(ServiceForm):
    """A server's settings."""

    id = forms.CharField(
        required=False,
        label="ID",
        help_text=_(
            "Part of the issuer: letters, digits, - and _. Made when left empty. For good."
        ),
    )
    resource_servers = forms.ModelMultipleChoiceField(
        Client.objects.all(),
        required=False,
        label=_("Resource servers"),
        help_text=_("Clients that are the protected API: they may introspect any token of it."),
    )

    owners = owners_field()

    places = {"server_id": "id"}

    class Meta:
        model = AuthorizationServer
        fields = (*SETTINGS, "resource_servers", "owners")
        help_texts = HELP
        widgets = {"description": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keep_for_superusers(self, self.request.user, "owners")

    def perform(self) -> AuthorizationServer:
        """Create or change the server; resource servers and owners are changes of their own."""
        values = self.given(*SETTINGS)
        if self.is_new:
            chosen = self.cleaned_data["id"] or None
            server = create_server(actor=self.actor, server_id=chosen, **values)
        else:
            server = update_server(actor=self.actor, server_id=self.instance.pk, **values)
        if "resource_servers" in self.changed_data:
            ids = [client.pk for client in self.cleaned_data["resource_servers"]]
            set_resource_servers(actor=self.actor, server_id=server.pk, client_ids=ids)
        if "owners" in self.changed_data:
            ids = [group.pk for group in self.cleaned_data["owners"]]
            set_server_owners(actor=self.actor, server_id=server.pk, group_ids=ids)
        return server


class ScopeForm(ServiceForm):
    """What a client may ask for."""

    parent: ClassVar[AuthorizationServer]

    class Meta:
        model = Scope
        fields = SCOPE
        help_texts = {
            "name": _("What a client asks for, such as orders:read. Renaming it ends its tokens."),
            "display_name": _("What a person reads on the consent page."),
            "description": _("What a client may do with it."),
            "consent": _("Whether a person is asked: never, always, or where the client asks."),
        }

    def perform(self) -> Scope:
        """Create or change the scope."""
        values, server_id = self.given(*SCOPE), self.parent.pk
        if self.is_new:
            return create_scope(actor=self.actor, server_id=server_id, **values)
        scope_id = self.instance.pk
        return update_scope(actor=self.actor, server_id=server_id, scope_id=scope_id, **values)


class ClaimForm(ServiceForm):
    """What a token says."""

    parent: ClassVar[AuthorizationServer]
    scopes = forms.MultipleChoiceField(
        required=False,
        label=_("Only with scopes"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: whatever the scopes."),
    )

    class Meta:
        model = Claim
        fields = CLAIM
        help_texts = {
            "value": (
                _(
                    "An expression, such as appuser.department; or for groups the text that the "
                    "filter compares names with."
                )
            ),
            "group_filter_type": _("For groups only."),
            "always_include_in_token": _("Else an ID token leaves it to the userinfo endpoint."),
        }
        widgets = {"value": forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = {*self.parent.scopes.values_list("name", flat=True), *self.instance.scopes}
        self.fields["scopes"].choices = [(name, name) for name in sorted(names)]  # type: ignore[attr-defined]

    def perform(self) -> Claim:
        """Create or change the claim."""
        values, server_id = self.given(*CLAIM), self.parent.pk
        if self.is_new:
            return create_claim(actor=self.actor, server_id=server_id, **values)
        claim_id = self.instance.pk
        return update_claim(actor=self.actor, server_id=server_id, claim_id=claim_id, **values)
