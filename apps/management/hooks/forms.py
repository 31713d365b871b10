"""Forms of event hooks; each calls the services."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.management.hooks.events import choices
from apps.management.hooks.models import EventHook
from apps.management.hooks.outward import OutwardForm
from apps.management.hooks.services import create_event_hook, update_event_hook

FIELDS = ("name", "url", "auth_header")


class EventHookForm(OutwardForm):
    """A hook's settings. The value of the header goes in and never comes out again."""

    url = forms.CharField(
        label="URL",
        help_text=gettext_lazy(
            "https, reachable from the public internet. Another one has to be verified anew."
        ),
        widget=forms.TextInput(attrs={"class": "vTextField", "spellcheck": "false"}),
    )
    event_types = forms.MultipleChoiceField(
        label=gettext_lazy("Tell it of"), widget=forms.CheckboxSelectMultiple, required=False
    )
    auth_value = forms.CharField(
        required=False,
        strip=False,
        label=gettext_lazy("Value"),
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "class": "vTextField"}),
    )

    secret: str | None = None
    """The first signing secret in clear: only in the answer to this request."""

    class Meta:
        model = EventHook
        fields = FIELDS
        help_texts = {
            "auth_header": gettext_lazy(
                "Such as Authorization, if the receiver asks for one beside the "
                "signature. Empty: none."
            )
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["event_types"].choices = choices()  # type: ignore[attr-defined]
        self.fields["event_types"].initial = (
            [value for value, _ in choices()]
            if self.is_new
            else [one.event_type for one in self.instance.types.all()]
        )
        if self.instance.sealed_auth_value is not None:
            self.fields["auth_value"].help_text = _("Kept unless you type another one.")

    def perform(self) -> EventHook:
        """Create the hook, or change what the person changed."""
        values = self.given(*FIELDS, "event_types", "auth_value")
        if not self.is_new:
            return update_event_hook(actor=self.actor, hook=self.instance, **values)
        hook, self.secret = create_event_hook(actor=self.actor, **values)
        return hook
