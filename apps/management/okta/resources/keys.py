"""Signing keys of an authorization server: public halves, and their rotation."""

from typing import Any, Final

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from apps.management.okta.base import OktaView
from apps.management.okta.faults import missing
from apps.management.okta.parameters import parameters
from apps.management.okta.resources.servers import BASE, check_server
from apps.management.okta.schema import documented
from apps.management.okta.shapes import Shape, href, link, read
from apps.management.respond import answer
from apps.management.views.base import actor_of
from apps.servers.models import SigningKey
from apps.servers.services import rotate_keys

KIND: Final = "JsonWebKey"
State = SigningKey.State
# What is revoked is gone at once, from here as from the published keys.
STATUSES: Final = {State.CURRENT: "ACTIVE", State.NEXT: "NEXT", State.RETIRED: "EXPIRED"}


class KeyShape(Shape):
    """A public key; its other members depend on `kty` (RFC 7518 §6)."""

    kid = serializers.CharField(read_only=True)
    kty = serializers.CharField(read_only=True)
    alg = serializers.CharField(read_only=True)
    use = serializers.CharField(read_only=True)
    status = serializers.ChoiceField(choices=("ACTIVE", "NEXT", "EXPIRED"), read_only=True)
    e = serializers.CharField(read_only=True, required=False)
    n = serializers.CharField(read_only=True, required=False)
    crv = serializers.CharField(read_only=True, required=False)
    x = serializers.CharField(read_only=True, required=False)
    y = serializers.CharField(read_only=True, required=False)
    _links = serializers.DictField(read_only=True)


class KeyUseShape(Shape):
    """What a new key is for."""

    use = serializers.ChoiceField(
        choices=("sig",),
        error_messages={"invalid_choice": "must be sig; keys are for signing only"},
    )


def keys_of(server_id: str) -> list[SigningKey]:
    """Those that are published: the one that signs, the next, and what still verifies, newest
    first."""
    rows = SigningKey.objects.filter(server=server_id, state__in=STATUSES)
    found = rows.defer("sealed_private_key").order_by("-created", "kid")
    order = list(STATUSES)
    return sorted(found, key=lambda key: order.index(State(key.state)))


def shown(key: SigningKey) -> dict[str, Any]:
    """The key as the wire has it."""
    address = href(BASE, key.server_id, "credentials/keys", key.kid)
    return {
        **key.public_jwk,
        "status": STATUSES[State(key.state)],
        "_links": {"self": link(address, "GET")},
    }


class KeysView(OktaView):
    """The published keys."""

    @documented("listAuthorizationServerKeys", "List the signing keys", gives=KeyShape(many=True))
    def get(self, request: Request, server_id: str) -> HttpResponse:
        parameters(request)
        check_server(server_id)
        return answer([shown(key) for key in keys_of(server_id)])


class KeyView(OktaView):
    """One key."""

    @documented("getAuthorizationServerKey", "Read a signing key", gives=KeyShape)
    def get(self, request: Request, server_id: str, key_id: str) -> HttpResponse:
        parameters(request)
        check_server(server_id)
        key = next((key for key in keys_of(server_id) if key.kid == key_id), None)
        if key is None:
            raise missing(key_id, KIND)
        return answer(shown(key))


class RotateKeysView(OktaView):
    """The next key signs from now on."""

    @documented(
        "rotateAuthorizationServerKeys",
        "Rotate the signing keys",
        takes=KeyUseShape,
        gives=KeyShape(many=True),
        is_change=True,
    )
    def post(self, request: Request, server_id: str) -> HttpResponse:
        parameters(request)
        check_server(server_id)
        read(KeyUseShape, request)
        rotate_keys(actor=actor_of(request), server_id=server_id)
        return answer([shown(key) for key in keys_of(server_id)])
