"""A group that a person types: its name or its id; near names where there is none."""

from typing import Any, Final

from django import forms
from django.db.models import Q
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.directory.models import Group

NEAR: Final = 4


class GroupPick(forms.Form):
    """One group, typed."""

    group = forms.CharField(
        label=gettext_lazy("Group"),
        max_length=255,
        help_text=gettext_lazy("Its name, or its id."),
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "spellcheck": "false",
                "data-typed": reverse_lazy("admin:typed", args=["group"]),
            }
        ),
    )

    def clean_group(self) -> Group:
        """The group; ValidationError with near names where there is none."""
        text = self.cleaned_data["group"].strip()
        found = Group.objects.filter(Q(pk=text) | Q(name=text)).first()
        if found is not None:
            return found
        near = ", ".join(near_groups(text)[:NEAR])
        hint: Any = " " + _("Do you mean %(names)s?") % {"names": near} if near else ""
        raise forms.ValidationError(_("There is no such group.") + hint)


def near_groups(text: str, most: int = 10) -> list[str]:
    """Names that begin so."""
    found = Group.objects.filter(name__istartswith=text).order_by("name")
    return list(found.values_list("name", flat=True)[:most])
