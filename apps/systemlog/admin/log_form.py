"""The form above the list of events: names are typed, ids stand in the address."""

from typing import Any, Final

from django.apps import apps
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.systemlog.admin.log_filters import OWNERS, SPANS, id_of, is_secret, moment_of
from apps.systemlog.admin.paging import AFTER, BEFORE

FIELDS: Final = (
    ("user_id", gettext_lazy("User"), gettext_lazy("Login or id"), "user"),
    ("client_id", gettext_lazy("Client"), gettext_lazy("Name or id"), "client"),
    ("server_id", gettext_lazy("Server"), gettext_lazy("Name or id"), ""),
    ("reference", gettext_lazy("Reference"), "XXXX-XXXX-XXXX-XXXX", ""),
)
"""Look-ups: label, an example, and what is offered while typing."""


def with_ids(request: HttpRequest) -> dict[str, str] | None:
    """What an address with names, or with empty fields, means; None where it says so already."""
    given = {name: str(value).strip() for name, value in request.GET.items()}
    meant = {name: value for name, value in given.items() if value}
    for column in OWNERS:
        if meant.get(column):
            meant[column] = id_of(column, meant[column])
    if is_secret(meant.get("q", "").strip(" =^")):
        del meant["q"]
    if "reference" in meant:
        meant["reference"] = meant["reference"].upper()
    return None if given == meant or "_popup" in given else meant


def narrow_form(request: HttpRequest) -> dict[str, Any]:
    """The form above the list: what is typed, and what else of the address it keeps."""
    shown = {name for name, *_rest in FIELDS} | {"since", "until"}
    fields = [
        {
            "name": name,
            "label": label,
            "value": _name_of(name, request.GET.get(name, "")),
            "example": example,
            "typed": _offers(kind) if kind else "",
        }
        for name, label, example, kind in FIELDS
    ]
    moments = [
        {"name": name, "label": label, "value": _typed_moment(request.GET.get(name, ""))}
        for name, label in (("since", _("From")), ("until", _("Until")))
    ]
    left = {*shown, AFTER, BEFORE}
    kept = [(name, value) for name, value in request.GET.items() if name not in left]
    is_used = any(request.GET.get(name) for name in shown)
    return {"fields": fields, "moments": moments, "kept": kept, "is_used": is_used}


def _name_of(column: str, value: str) -> str:
    """What a person reads for the id of the address."""
    if column not in OWNERS or not value:
        return value
    label, names, _beginnings = OWNERS[column]
    rows = apps.get_model(label)._default_manager.filter(pk=value)
    return str(rows.values_list(names[-1], flat=True).first() or value)


def _typed_moment(text: str) -> str:
    """As the browser's field for a moment has it; empty for a usual span."""
    at = moment_of(text) if text not in SPANS else None
    return f"{at:%Y-%m-%dT%H:%M}" if at else ""


def _offers(kind: str) -> str:
    try:
        return reverse("admin:typed", args=[kind])
    except NoReverseMatch:
        return ""
