"""Rows that are chosen by typing: names are offered by a script, or typed whole without one."""

from typing import Any, Final

from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

NAMES: Final[dict[str, tuple[str, ...]]] = {
    "user": ("login",),
    "group": ("name",),
    "client": ("client_id", "name"),
}
"""Model → what people call its rows, the most exact first."""
MOST: Final = 100
TYPED: Final = "{}_typed"


class _ByName:
    """The names that were typed beside the list, as ids; one that nobody has stays as it is, and
    the field says so."""

    field: Any
    attrs: dict[str, Any]

    def render(self, name: str, *args: Any, **kwargs: Any) -> SafeString:
        """The list, and where no script runs a field for names."""
        shown: Any = super().render(name, *args, **kwargs)  # type: ignore[misc]
        return format_html(
            '{}<noscript><label class="by-name">{} <input type="text" name="{}" class="vTextField"'
            ' autocomplete="off" autocapitalize="off" spellcheck="false"></label></noscript>',
            *(shown, self.asks(), TYPED.format(name)),
        )

    def asks(self) -> str:
        """What stands beside the field."""
        return _("By name:")

    def typed(self, data: Any, name: str) -> list[str]:
        """An id for each name."""
        words = [word.strip() for word in data.get(TYPED.format(name), "").split(",")]
        return [self._id_of(word) for word in words[:MOST] if word]

    def _id_of(self, word: str) -> str:
        model = self.field.remote_field.model
        for column in NAMES[model._meta.model_name]:
            found = list(model.objects.filter(**{column: word}).values_list("pk", flat=True)[:2])
            if len(found) == 1:
                return str(found[0])
        return word


class ChooseOne(_ByName, AutocompleteSelect):
    """One row."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """What was typed, else what was chosen."""
        typed = self.typed(data, name)
        return typed[0] if typed else super().value_from_datadict(data, files, name)


class ChooseSeveral(_ByName, AutocompleteSelectMultiple):
    """Any number of rows; each has a sign that removes it, so none is needed for all."""

    def build_attrs(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """As Django's, but for that sign, which isn't a part of the list it stands in."""
        return {**super().build_attrs(*args, **kwargs), "data-allow-clear": "false"}

    def asks(self) -> str:
        """What stands beside the field."""
        return _("By name, with commas between:")

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """What was chosen, and what was typed."""
        return [*(super().value_from_datadict(data, files, name) or []), *self.typed(data, name)]
