"""What shapes share: how bodies are read into services' fields, and moments and links shown."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final, TypeVar

from django.conf import settings
from rest_framework import serializers
from rest_framework.request import Request

from apps.management.parsers import read_object
from apps.systemlog.render import in_milliseconds

Shown = TypeVar("Shown")


class Shape(serializers.Serializer[Any]):
    """An object on the wire. `source` names the field of the services; unknown members are ignored
    and read-only ones accepted."""

    @classmethod
    def wire_names(cls) -> dict[str, str]:
        """Field of the services → member on the wire, dotted where it is nested."""
        return dict(_names(cls()))


class Whole(Shape):
    """What a PUT replaces: a member that is null is one that is left out."""

    def get_fields(self) -> dict[str, Any]:
        """Described so, too."""
        found = super().get_fields()
        for field in found.values():
            field.allow_null = not field.read_only and not field.required
        return found

    def to_internal_value(self, data: Any) -> Any:
        """Without the nulls."""
        is_object = isinstance(data, Mapping)
        return super().to_internal_value(without_none(data) if is_object else data)


def _names(shape: serializers.BaseSerializer[Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, field in getattr(shape, "fields", {}).items():
        if isinstance(field, serializers.Serializer):
            yield from _names(field, f"{prefix}{name}.")
        if field.source not in ("*", None):
            yield field.source.rpartition(".")[2], f"{prefix}{name}"


class Moment(serializers.DateTimeField):
    """`YYYY-MM-DDTHH:MM:SS.mmmZ`."""

    def to_representation(self, value: datetime) -> str:
        return in_milliseconds(value)


def read(
    shape: type[serializers.Serializer[Any]],
    request: Request,
    *,
    partial: bool = False,
    optional: bool = False,
) -> dict[str, Any]:
    """The body in a shape, flat: what is nested on the wire is merged where its `source` is "*".
    `optional`: no body is an empty one. Raises what becomes 400."""
    is_empty = not int(request.META.get("CONTENT_LENGTH") or 0)
    body = {} if optional and is_empty else read_object(request._request)
    serializer = shape(data=body, partial=partial)
    serializer.is_valid(raise_exception=True)
    values: dict[str, Any] = serializer.validated_data
    return values


def href(*parts: str) -> str:
    """The absolute address of a resource of `/api/v1`."""
    return "/".join((settings.BASE_URL, "api/v1", *parts))


def link(address: str, *allow: str) -> dict[str, Any]:
    """One member of `_links`."""
    return {"href": address, "hints": {"allow": list(allow)}}


READ_WRITE: Final = ("GET", "PUT", "DELETE")


def lifecycle_link(address: str, status: str) -> dict[str, Any]:
    """`deactivate` for what is active, else `activate`."""
    verb = "deactivate" if status == "ACTIVE" else "activate"
    return {verb: link(f"{address}/lifecycle/{verb}", "POST")}


def without_none(body: Mapping[str, Any]) -> dict[str, Any]:
    """What is set: an absent member is not a null one."""
    return {name: value for name, value in body.items() if value is not None}
