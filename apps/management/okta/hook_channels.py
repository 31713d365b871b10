"""What event hooks and inline hooks have in common on the wire: the channel, HTTP with a header."""

from typing import Any

from rest_framework import serializers

from apps.management.okta.shapes import Shape
from apps.management.serializers.fields import Text


class AuthSchemeShape(Shape):
    """The header by which the receiver knows us; its value is never shown."""

    type = serializers.ChoiceField(choices=("HEADER",), default="HEADER")
    key = Text(required=False, allow_null=True)
    value = Text(required=False, allow_null=True, write_only=True)


class HeaderShape(Shape):
    """One more header."""

    key = Text()
    value = Text()


def auth_of(config: dict[str, Any]) -> dict[str, str]:
    """Header and value of the body, as fields of the services; a header without a value keeps the
    present one."""
    scheme = config.get("authScheme") or {}
    return {
        "auth_header": scheme.get("key") or "",
        "auth_value": scheme.get("value") or "",
    }


def auth_shown(header: str) -> dict[str, str] | None:
    """The scheme without its value."""
    return {"type": "HEADER", "key": header} if header else None
