"""`/api/v1/apps/{id}/credentials/jwks`: the public keys of a client that signs its requests
; 50 at most. Each change ends the client's tokens (R15)."""

from django.http import HttpResponse
from rest_framework.request import Request

from apps.clients.models import Client
from apps.clients.services.keys import add_key, delete_key, keys_in, set_key_status
from apps.management.okta.base import OktaView
from apps.management.okta.faults import missing
from apps.management.okta.parameters import parameters
from apps.management.okta.resources.app_jwks_shapes import (
    ClientKeyShape,
    is_active,
    key_of,
    key_shown,
    keys_shown,
)
from apps.management.okta.resources.app_rows import app_named, changeable
from apps.management.okta.schema import documented
from apps.management.okta.shapes import read
from apps.management.respond import answer, no_content
from apps.management.views.base import actor_of

KIND = "OAuth2ClientJsonWebKey"


def show_key(app: Client, key_id: str) -> HttpResponse:
    """The key as an answer; 404 when the application hasn't got it."""
    found = keys_in(app).get(key_id)
    if found is None:
        raise missing(key_id, KIND)
    return answer(key_shown(app, key_id, *found))


class KeysView(OktaView):
    """The keys, and a new one."""

    shape = ClientKeyShape

    @documented("listJwk", "List a client's public keys", gives=ClientKeyShape(many=True))
    def get(self, request: Request, app_id: str) -> HttpResponse:
        parameters(request)
        return answer(keys_shown(app_named(app_id)))

    @documented(
        "addJwk",
        "Add a public key",
        takes=ClientKeyShape,
        gives=ClientKeyShape,
        status=201,
        is_change=True,
    )
    def post(self, request: Request, app_id: str) -> HttpResponse:
        parameters(request)
        app, given = changeable(app_id), read(ClientKeyShape, request)
        app, key_id = add_key(
            actor=actor_of(request), client=app, key=key_of(given), activate=is_active(given)
        )
        return answer(key_shown(app, key_id, *keys_in(app)[key_id]), 201)


class KeyView(OktaView):
    """One key."""

    @documented("getJwk", "Read a client's public key", gives=ClientKeyShape)
    def get(self, request: Request, app_id: str, key_id: str) -> HttpResponse:
        parameters(request)
        return show_key(app_named(app_id), key_id)

    @documented("deletejwk", "Delete an INACTIVE public key", status=204, is_change=True)
    def delete(self, request: Request, app_id: str, key_id: str) -> HttpResponse:
        parameters(request)
        try:
            delete_key(actor=actor_of(request), client=changeable(app_id), key=key_id)
        except KeyError:
            raise missing(key_id, KIND) from None
        return no_content()


def change_status(request: Request, app_id: str, key_id: str, *, is_active: bool) -> HttpResponse:
    """Use a key, or no longer."""
    parameters(request)
    try:
        app = set_key_status(
            actor=actor_of(request), client=changeable(app_id), key=key_id, is_active=is_active
        )
    except KeyError:
        raise missing(key_id, KIND) from None
    return show_key(app, key_id)


class ActivateKeyView(OktaView):
    """Use it again."""

    @documented(
        "activateOAuth2ClientJsonWebKey",
        "Activate a public key",
        gives=ClientKeyShape,
        is_change=True,
    )
    def post(self, request: Request, app_id: str, key_id: str) -> HttpResponse:
        return change_status(request, app_id, key_id, is_active=True)


class DeactivateKeyView(OktaView):
    """Use it no longer; the only ACTIVE one is kept."""

    @documented(
        "deactivateOAuth2ClientJsonWebKey",
        "Deactivate a public key",
        gives=ClientKeyShape,
        is_change=True,
    )
    def post(self, request: Request, app_id: str, key_id: str) -> HttpResponse:
        return change_status(request, app_id, key_id, is_active=False)
