"""Forms of clients, their secrets and assignments, and token policies; each calls the services."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.clients.models import Client, TokenPolicy
from apps.clients.services import (
    create_client,
    create_token_policy,
    set_client_owners,
    update_client,
    update_token_policy,
)
from apps.clients.validation import offered
from apps.directory.forms import group_field, keep_for_superusers, owners_field, user_field
from apps.systemlog.admin.fields import InstantField, LinesField
from apps.systemlog.admin.service import BackMixin, ServiceForm
from authzsite.domain import grant_types
from authzsite.domain.vocabulary import AUTHORIZATION_CODE

SETTINGS = (
    *("name", "grant_types", "redirect_uris", "post_logout_redirect_uris"),
    *("token_endpoint_auth_method", "jwks", "jwks_uri", "pkce_required", "consent_method"),
    *("rotation_type", "leeway", "allowed_origins", "client_uri", "logo_uri", "tos_uri"),
    *("policy_uri", "initiate_login_uri", "token_policy"),
)
START = ("name", "redirect_uris", "token_policy")
AS_USUAL = ("", gettext_lazy("As usual for the type"))
OVERLAPS = (
    ("0", gettext_lazy("No overlap: the present secrets stop working at once")),
    ("1", gettext_lazy("1 hour")),
    ("24", gettext_lazy("1 day")),
    ("168", gettext_lazy("7 days")),
    ("720", gettext_lazy("30 days")),
)


def grant_choices(client_type: str = "") -> list[tuple[str, str]]:
    """The grant types that such a client may have; of any type without one."""
    allowed = offered(client_type) if client_type else None
    return [
        (spec.name, f"{_(spec.label)} ({spec.name})")
        for spec in grant_types.installed()
        if allowed is None or spec.name in allowed
    ]


def grants_field(**kwargs: Any) -> forms.MultipleChoiceField:
    """Grant types as checkboxes; the choices are set with the client's type."""
    label, widget = gettext_lazy("Grant types"), forms.CheckboxSelectMultiple
    return forms.MultipleChoiceField(widget=widget, label=label, **kwargs)


class KeysField(forms.JSONField):
    """A JSON Web Key Set; nothing is an empty one."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 4, "spellcheck": "false"})
        super().__init__(
            required=False, label=gettext_lazy("Public keys (JWKS)"), widget=widget, **kwargs
        )

    def prepare_value(self, value: Any) -> Any:
        """Nothing to show of an empty one."""
        return super().prepare_value(value) if value else ""

    def clean(self, value: Any) -> Any:
        """The service judges the keys."""
        return super().clean(value) or {}


class ClientForm(ServiceForm):
    """A client's settings; its type and client ID are for good."""

    grant_types = grants_field(
        help_text=gettext_lazy("How it may ask for tokens. Changing it ends its tokens.")
    )
    redirect_uris = LinesField(
        required=False,
        label=gettext_lazy("Redirect URIs"),
        help_text=gettext_lazy(
            "One per line, compared exactly. Changing them ends the client's tokens."
        ),
    )
    post_logout_redirect_uris = LinesField(
        required=False,
        rows=2,
        label=gettext_lazy("Post-logout redirect URIs"),
        help_text=gettext_lazy("One per line."),
    )
    allowed_origins = LinesField(
        required=False,
        rows=2,
        label=gettext_lazy("Allowed origins (CORS)"),
        help_text=gettext_lazy("One per line. Those of redirect URIs are allowed without mention."),
    )
    jwks = KeysField(
        help_text=gettext_lazy("For signed assertions: a JSON Web Key Set with public keys.")
    )
    owners = owners_field()

    class Meta:
        model = Client
        fields = (*SETTINGS, "owners")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["grant_types"].choices = grant_choices(self.instance.type)  # type: ignore[attr-defined]
        keep_for_superusers(self, self.request.user, "owners", "token_policy")

    def perform(self) -> Client:
        """Change what the person changed; `code` follows the grant types."""
        values = self.given(*SETTINGS)
        if "grant_types" in values:
            others = [kind for kind in self.instance.response_types if kind != "code"]
            is_code = AUTHORIZATION_CODE in values["grant_types"]
            values["response_types"] = ["code", *others] if is_code else others
        client = update_client(actor=self.actor, client=self.instance, **values)
        if "owners" in self.changed_data:
            ids = [group.pk for group in self.cleaned_data["owners"]]
            client = set_client_owners(actor=self.actor, client=client, group_ids=ids)
        return client


class NewClientForm(ServiceForm):
    """A new client: what can't be left to the type's usual settings."""

    client_id = forms.CharField(
        required=False,
        label=gettext_lazy("Client ID"),
        help_text=gettext_lazy("Chosen, or made when left empty. For good."),
    )
    grant_types = grants_field(
        required=False, help_text=gettext_lazy("None chosen: as usual for the type.")
    )
    token_endpoint_auth_method = forms.ChoiceField(
        required=False,
        label=gettext_lazy("Client authentication"),
        choices=[AS_USUAL, *Client.AuthMethod.choices],
    )
    redirect_uris = LinesField(
        required=False,
        label=gettext_lazy("Redirect URIs"),
        help_text=gettext_lazy("One per line. Needed where users sign in; compared exactly."),
    )
    jwks = KeysField(help_text=gettext_lazy("For signed assertions."))

    places = {"response_types": "grant_types"}
    secret: str | None = None
    """The new secret in clear: only in the answer to this request."""

    class Meta:
        model = Client
        fields = ("name", "type", "token_policy", "jwks")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["grant_types"].choices = grant_choices()  # type: ignore[attr-defined]

    def perform(self) -> Client:
        """Create it, with the usual settings of its type where nothing is said."""
        values = self.cleaned_data
        said = {
            name: values[name]
            for name in ("grant_types", "token_endpoint_auth_method", "jwks", "redirect_uris")
            if values[name]
        }
        client, self.secret = create_client(
            actor=self.actor,
            type=values["type"],
            client_id=values["client_id"],
            name=values["name"],
            token_policy=values["token_policy"],
            **said,
        )
        return client


class TokenPolicyForm(ServiceForm):
    """What configuration clients may get."""

    allowed_scopes = LinesField(
        label=gettext_lazy("Allowed scopes"),
        rows=6,
        help_text=(
            gettext_lazy(
                "One per line, action:path. The action is * (everything), . (read only) or - "
                "(deny); "
                "in the path * is one segment and ** at the end is any number: .:config/**"
            )
        ),
    )

    class Meta:
        model = TokenPolicy
        fields = (
            *("title", "allowed_scopes", "access_token_lifetime"),
            *("refresh_token_lifetime", "use_access_jwt"),
        )

    def perform(self) -> TokenPolicy:
        """Create or change the policy."""
        values = self.given(*self.Meta.fields)
        if self.is_new:
            return create_token_policy(actor=self.actor, **values)
        return update_token_policy(actor=self.actor, policy=self.instance, **values)


class RotateForm(BackMixin, forms.Form):
    """How long the present secret works beside the new one."""

    overlap = forms.ChoiceField(
        choices=OVERLAPS, initial="24", label=gettext_lazy("The present one works for")
    )

    @property
    def span(self) -> timedelta:
        """The chosen overlap."""
        return timedelta(hours=int(self.cleaned_data["overlap"]))

    @property
    def words(self) -> str:
        """The chosen overlap as a person says it."""
        return str(dict(OVERLAPS)[self.cleaned_data["overlap"]])


class SecretForm(BackMixin, forms.Form):
    """A further secret."""

    expires_at = InstantField(
        label=gettext_lazy("Expires"), help_text=gettext_lazy("In UTC; empty: never.")
    )

    def clean_expires_at(self) -> Any:
        """In the future."""
        at = self.cleaned_data["expires_at"]
        if at is not None and at <= timezone.now():
            raise forms.ValidationError(_("This must be in the future."))
        return at


class WindowForm(BackMixin, forms.Form):
    """When an assignment holds."""

    valid_from = InstantField(
        label=gettext_lazy("From"), help_text=gettext_lazy("In UTC; empty: since always.")
    )
    valid_until = InstantField(
        label=gettext_lazy("Until"), help_text=gettext_lazy("In UTC; empty: without end.")
    )

    @property
    def window(self) -> dict[str, Any]:
        """Both ends."""
        return {name: self.cleaned_data[name] for name in ("valid_from", "valid_until")}


class AssignUserForm(WindowForm):
    """A user to assign directly."""

    field_order = ("user", "valid_from", "valid_until")
    user = user_field(label=gettext_lazy("User"))


class AssignGroupForm(WindowForm):
    """A group to assign."""

    field_order = ("group", "valid_from", "valid_until")
    group = group_field(
        label=gettext_lazy("Group"), help_text=gettext_lazy("All its members, now and later.")
    )
