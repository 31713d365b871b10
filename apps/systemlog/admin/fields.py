"""Form fields for what the console edits: lists as lines, lengths of time with a unit, instants."""

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from apps.systemlog.admin.parts import UNITS, Words

DATETIME_LOCAL = "%Y-%m-%dT%H:%M"


class LinesField(forms.CharField):
    """A list of texts, one per line."""

    def __init__(self, *, rows: int = 4, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": rows, "spellcheck": "false"}))
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        """The list as lines."""
        return "\n".join(map(str, value)) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:
        """The lines as a list, without blank ones."""
        if isinstance(value, list):
            return value
        return [line.strip() for line in str(value or "").splitlines() if line.strip()]

    def clean(self, value: Any) -> Any:
        """Only whether there is one where one is required; the service judges the rest."""
        lines = self.to_python(value)
        if self.required and not lines:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return lines

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare lists, not texts."""
        return list(initial or []) != self.to_python(data)


class LengthWidget(forms.MultiWidget):
    """A number and its unit."""

    def __init__(self, zero: str = "", label: Words = "") -> None:
        units = [(str(size), gettext_lazy(unit)) for size, unit in reversed(UNITS)]
        named = {"min": 0 if zero else 1, "class": "vIntegerField", "aria-label": label}
        of = format_lazy(gettext_lazy("{name}, unit"), name=label)
        unit = forms.Select({"aria-label": of}, choices=units)
        super().__init__({"number": forms.NumberInput(attrs=named), "unit": unit})

    def render(self, *args: Any, **kwargs: Any) -> SafeString:
        """Side by side."""
        return format_html('<div class="page-actions">{}</div>', super().render(*args, **kwargs))

    def decompress(self, value: Any) -> list[Any]:
        """The largest unit that fits."""
        number = int(value) if value is not None else None
        if not number:
            return [number, "1"]
        size = next(size for size, _unit in UNITS if number % size == 0)
        return [number // size, str(size)]


class LengthField(forms.MultiValueField):
    """A length of time, stored in minutes."""

    widget = LengthWidget

    def __init__(self, *, zero: str = "", **kwargs: Any) -> None:
        units = [(str(size), unit) for size, unit in UNITS]
        fields = (forms.IntegerField(min_value=0), forms.ChoiceField(choices=units))
        super().__init__(
            fields=fields, widget=LengthWidget(zero, kwargs.get("label", "")), **kwargs
        )

    def compress(self, data_list: Any) -> int | None:
        """In minutes."""
        return int(data_list[0]) * int(data_list[1]) if data_list else None


class InstantField(forms.DateTimeField):
    """A point in time in UTC; empty is no bound."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=DATETIME_LOCAL)
        kwargs.setdefault("input_formats", [DATETIME_LOCAL, "%Y-%m-%dT%H:%M:%S"])
        super().__init__(widget=widget, required=False, **kwargs)
