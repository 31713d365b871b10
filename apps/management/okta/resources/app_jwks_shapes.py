"""A client's public keys on the wire: as a set inside the application, and one by one."""

from collections.abc import Iterable
from typing import Any, Final

from rest_framework import serializers

from apps.clients.jwks import PRIVATE_MEMBERS
from apps.clients.models import ActiveStatus, Client
from apps.clients.services.keys import Key, jwks_with, keys_in
from apps.management.okta.resources.app_rows import BASE
from apps.management.okta.shapes import Shape, href, lifecycle_link, link
from apps.management.serializers.fields import Text

MATERIAL: Final = ("kty", "alg", "use", "kid", "e", "n", "crv", "x", "y")
USUAL: Final = {"use": "sig"}  # shown of every key


class ClientKeyShape(Shape):
    """One public key (RFC 7517), with its status. What has no name gets one."""

    id = serializers.CharField(required=False, allow_null=True)
    kty = Text(required=False, allow_null=True)
    alg = Text(required=False, allow_null=True)
    use = Text(required=False, allow_null=True)
    kid = Text(required=False, allow_null=True)
    e = Text(required=False, allow_null=True)
    n = Text(required=False, allow_null=True)
    crv = Text(required=False, allow_null=True)
    x = Text(required=False, allow_null=True)
    y = Text(required=False, allow_null=True)
    status = serializers.ChoiceField(choices=ActiveStatus.choices, required=False, allow_null=True)
    _links = serializers.DictField(read_only=True)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """A key with private members isn't trimmed to its public ones: its owner has made it known,
        and has to hear that."""
        if isinstance(data, dict) and data.keys() & PRIVATE_MEMBERS:
            raise serializers.ValidationError({"d": ["must not be given: send public keys only"]})
        values: dict[str, Any] = super().to_internal_value(data)
        return values


class ClientKeySetShape(Shape):
    """`jwks`."""

    keys = ClientKeyShape(many=True, required=False, allow_null=True)

    def validate_keys(self, value: list[dict[str, Any] | None] | None) -> Any:
        """The list may be null; DRF lets its members be so, too."""
        if value and None in value:
            raise serializers.ValidationError("must not hold null")
        return value


def key_of(values: dict[str, Any]) -> Key:
    """The JWK of a body that was read."""
    return {name: values[name] for name in MATERIAL if values.get(name) is not None}


def is_active(values: dict[str, Any]) -> bool:
    """ACTIVE unless it says otherwise."""
    return (values.get("status") or ActiveStatus.ACTIVE) == ActiveStatus.ACTIVE


def jwks_of(given: Iterable[dict[str, Any]], client: Client | None) -> dict[str, Any]:
    """What is stored of a set that was read. A key that says of the stored one of its id or name
    nothing but what is shown of it is that one: SDKs drop what their models don't know."""
    stored = keys_in(client) if client else {}
    by_kid = {key.get("kid"): key for key, _ in stored.values()}
    active: list[Key] = []
    inactive: list[Key] = []
    for values in given:
        key = key_of(values)
        known = stored.get(values.get("id") or "", (None, True))[0] or by_kid.get(key.get("kid"))
        if known and all(USUAL.get(name) == key[name] for name in key.keys() - known.keys()):
            is_same = all(known[name] == key[name] for name in key.keys() & known.keys())
            key = known if is_same else key
        (active if is_active(values) else inactive).append(key)
    return jwks_with(active, inactive)


def key_shown(client: Client, ident: str, key: Key, is_in_use: bool) -> dict[str, Any]:
    """One key as the wire has it."""
    address = href(BASE, client.pk, "credentials", "jwks", ident)
    status = ActiveStatus.ACTIVE if is_in_use else ActiveStatus.INACTIVE
    return {
        "id": ident,
        "status": str(status),
        **USUAL,
        **{name: key[name] for name in MATERIAL if name in key},
        "_links": {
            "self": link(address, "GET"),
            **lifecycle_link(address, status),
            **({} if is_in_use else {"delete": link(address, "DELETE")}),
        },
    }


def keys_shown(client: Client) -> list[dict[str, Any]]:
    """All keys of a client."""
    return [key_shown(client, ident, *found) for ident, found in keys_in(client).items()]
