"""From the body of an application to what the services take, with Okta's defaults for what it
leaves out."""

from datetime import datetime
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from django.utils import timezone

from apps.clients.models import Client
from apps.clients.secrets import verify_slow
from apps.clients.selectors import live_secrets
from apps.clients.services import create_secret, rotate_secret
from apps.clients.services.clients import SECRET_METHODS, defaults_of
from apps.management.okta.faults import invalid
from apps.management.okta.resources.app_jwks_shapes import jwks_of
from apps.management.okta.resources.app_shapes import LINK_FIELDS
from apps.oauth.addresses import may_reach
from apps.systemlog.entries import Actor
from authzsite.domain.limits import DEFAULT_LEEWAY
from authzsite.domain.tokens import Kind, digest
from authzsite.domain.vocabulary import AUTHORIZATION_CODE

PATH: Final = "settings.oauthClient"
LISTS: Final = ("redirect_uris", "post_logout_redirect_uris")


def fields_of(given: dict[str, Any], client_type: str, client: Client | None) -> dict[str, Any]:
    """The whole application as fields of the services; `client` is the one that is replaced."""
    values = {name: value for name, value in given.items() if value is not None}
    if not values.get("grant_types"):
        raise invalid(f"{PATH}.grant_types", f"{PATH}.grant_types: must not be empty")
    grants, usual = values["grant_types"], defaults_of(client_type)
    method = values.get("token_endpoint_auth_method") or usual["token_endpoint_auth_method"]
    is_public = method == Client.AuthMethod.NONE
    codes = ["code"] if AUTHORIZATION_CODE in grants else []
    found = {
        "name": values["name"],
        "grant_types": grants,
        "response_types": values.get("response_types") or codes,
        **{name: values.get(name) or [] for name in LISTS},
        **{name: values.get(name) or "" for name in LINK_FIELDS},
        "token_endpoint_auth_method": method,
        "pkce_required": values.get("pkce_required", is_public or needs_pkce(client_type)),
        "consent_method": values.get("consent_method") or Client.Consent.TRUSTED.value,
        **_rotation(values.get("refresh_token") or {}, usual["rotation_type"]),
        **_keys(values, client),
    }
    refuse_unreachable(found["jwks_uri"])
    return found


def needs_pkce(client_type: str) -> bool:
    """Okta's default: where no secret can be kept."""
    return client_type in {Client.Type.BROWSER, Client.Type.NATIVE}


def _rotation(given: dict[str, Any], usual: str) -> dict[str, Any]:
    """A STATIC one has no leeway on the wire, so that of a later ROTATE is kept."""
    rotation = given.get("rotation_type") or usual
    leeway = given.get("leeway")
    if leeway is None and rotation == Client.Rotation.STATIC:
        return {"rotation_type": rotation}
    return {"rotation_type": rotation, "leeway": DEFAULT_LEEWAY if leeway is None else leeway}


def _keys(values: dict[str, Any], client: Client | None) -> dict[str, Any]:
    """The keys that are given, all of them; kept when none are mentioned, unless an address for
    them is."""
    keys = (values.get("jwks") or {}).get("keys")
    if keys is not None:
        return {"jwks": jwks_of(keys, client)}
    return {"jwks": {}} if client is None or values.get("jwks_uri") else {}


def refuse_unreachable(uri: str, field: str = f"{PATH}.jwks_uri") -> None:
    """Refuse an address from which keys would never be fetched, as far as it is seen from its
    text; where a name leads is judged at each fetch (row 250)."""
    host = urlsplit(uri).hostname or ""
    try:
        address = ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        return
    if not may_reach(address):
        raise invalid(field, f"{field}: must not be an address inside this network")


def settle_secret(actor: Actor, client: Client, given: str | None) -> str | None:
    """The secret after a replacement, in clear where the caller has just given or got it.

    One that is given and new takes the place of those there are; a client that begins to need one
    gets one. Revokes nothing (R15).
    """
    if client.token_endpoint_auth_method not in SECRET_METHODS:
        return None
    now = timezone.now()
    if given:
        if not _is_known(client, given, now):
            rotate_secret(actor=actor, client=client, secret=given)
        return given
    if live_secrets(client, now).exists():
        return None
    if client.secrets.exists():  # all INACTIVE or over: room is made, as in any rotation
        return rotate_secret(actor=actor, client=client)[1]
    return create_secret(actor=actor, client=client)[1]


def _is_known(client: Client, text: str, now: datetime) -> bool:
    return any(
        row.digest == digest(Kind.SECRET, text)
        if row.kind == row.Kind.SHA256
        else verify_slow(row.digest, text)
        for row in live_secrets(client, now)
    )
