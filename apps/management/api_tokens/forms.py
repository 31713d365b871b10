"""The form of a new API token."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.directory.forms import user_field
from apps.management.api_tokens.models import ApiToken
from apps.management.api_tokens.services import create_api_token
from apps.systemlog.admin.fields import InstantField
from apps.systemlog.admin.service import ServiceForm


class ApiTokenForm(ServiceForm):
    """What it is for, and until when. A superuser may make one for another administrator."""

    owner = user_field(
        required=False,
        label=_("Owner"),
        help_text=_("An administrator: the token may do what its owner may. Empty: you."),
    )
    expires_at = InstantField(label=_("Expires"), help_text=_("In UTC; empty: when it is revoked."))

    text: str | None = None
    """The token in clear: only in the answer to this request."""

    class Meta:
        model = ApiToken
        fields = ("name",)
        help_texts = {"name": _("The program that will use it.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.request.user.is_superuser:
            self.fields["owner"].disabled = True

    def perform(self) -> ApiToken:
        """Make it; nobody but a superuser makes one for somebody else (row 260)."""
        owner: Any = self.cleaned_data["owner"] or self.request.user
        token, self.text = create_api_token(
            actor=self.actor,
            owner=owner,
            name=self.cleaned_data["name"],
            expires_at=self.cleaned_data["expires_at"],
        )
        return token
