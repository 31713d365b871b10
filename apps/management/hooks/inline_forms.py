"""The form of inline hooks; it calls the services."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.management.hooks.outward import OutwardForm
from apps.oauth.outbound import OutboundError, check_address
from apps.policies.models import InlineHook
from apps.policies.services.inline_hooks import (
    VERSIONS,
    create_inline_hook,
    update_inline_hook,
)
from apps.systemlog.admin.fields import LinesField

FIELDS = ("name", "url", "version", "headers", "auth_header")


class InlineHookForm(OutwardForm):
    """A hook's settings. The value of the header goes in and never comes out again."""

    url = forms.CharField(
        label="URL",
        help_text=gettext_lazy("https, reachable from the public internet."),
        widget=forms.TextInput(attrs={"class": "vTextField", "spellcheck": "false"}),
    )
    version = forms.ChoiceField(
        choices=[(one, one) for one in VERSIONS], label=gettext_lazy("Version of its request")
    )
    headers = LinesField(
        required=False,
        label=gettext_lazy("Headers"),
        help_text=gettext_lazy(
            "One per line, name: value. They are shown and logged: no place for secrets."
        ),
    )
    auth_value = forms.CharField(
        required=False,
        strip=False,
        label=gettext_lazy("Value"),
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "class": "vTextField"}),
    )

    class Meta:
        model = InlineHook
        fields = ("name", "url", "version", "auth_header")
        help_texts = {
            "auth_header": gettext_lazy("Such as Authorization, by which it knows us. Empty: none.")
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["headers"] = [f"{one['key']}: {one['value']}" for one in self.instance.headers]
        if self.instance.sealed_auth_value is not None:
            self.fields["auth_value"].help_text = _("Kept unless you type another one.")

    def clean_url(self) -> str:
        """Where we may talk to (rows 250, 298); why not isn't said: this is no port scanner."""
        url: str = self.cleaned_data["url"]
        try:
            if url.startswith("https://"):
                check_address(url)
                return url
        except OutboundError:
            pass
        raise forms.ValidationError(_("Must be an https address that can be reached."))

    def clean_headers(self) -> list[dict[str, str]]:
        """Each line as a name and a value; the service judges them."""
        pairs = (line.partition(":") for line in self.cleaned_data["headers"])
        return [{"key": key.strip(), "value": value.strip()} for key, _sep, value in pairs]

    def perform(self) -> InlineHook:
        """Create the hook, or change what the person changed."""
        values = self.given(*FIELDS, "auth_value")
        if self.is_new:
            return create_inline_hook(actor=self.actor, **values)
        return update_inline_hook(actor=self.actor, hook=self.instance, **values)
