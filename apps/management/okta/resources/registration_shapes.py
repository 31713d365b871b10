"""A client's metadata on the wire (RFC 7591 §2): how it is read and shown.

Unknown members are ignored, and so are those that a registration doesn't decide: the client's id
and secret, its token policy, its owners. Refused are those that would change what its tokens mean
and that this server doesn't offer.
"""

from typing import Any, Final

from django.conf import settings
from rest_framework import serializers

from apps.clients.models import Client
from apps.clients.services.clients import defaults_of
from apps.management.okta.faults import invalid
from apps.management.okta.resources.app_fields import needs_pkce, refuse_unreachable
from apps.management.okta.resources.app_jwks_shapes import ClientKeySetShape, jwks_of, keys_shown
from apps.management.okta.resources.app_shapes import LINK_FIELDS, TYPES, Only
from apps.management.okta.shapes import Shape, link, without_none
from apps.management.serializers.fields import Text, TextList
from authzsite.domain.vocabulary import AUTHORIZATION_CODE

NOT_OFFERED: Final = ("sector_identifier_uri", "request_object_signing_alg", "request_uris")
LISTS: Final = ("redirect_uris", "post_logout_redirect_uris", "response_types", "grant_types")


def _choice(choices: Any) -> serializers.ChoiceField:
    messages: dict[str, Any] = {"invalid_choice": f"must be one of {', '.join(choices)}"}
    return serializers.ChoiceField(
        choices=list(choices), required=False, allow_null=True, error_messages=messages
    )


class RegistrationShape(Shape):
    """The metadata."""

    client_id = Text(required=False, allow_null=True)
    client_id_issued_at = serializers.IntegerField(read_only=True)
    client_secret = serializers.CharField(read_only=True, required=False)
    client_secret_expires_at = serializers.IntegerField(read_only=True)
    client_name = Text(source="name")
    application_type = _choice([one.value for one in TYPES])
    redirect_uris = TextList(required=False, allow_null=True)
    post_logout_redirect_uris = TextList(required=False, allow_null=True)
    response_types = TextList(required=False, allow_null=True)
    grant_types = TextList(required=False, allow_null=True)
    token_endpoint_auth_method = _choice(Client.AuthMethod.values)
    subject_type = Only("public")
    client_uri = Text(required=False, allow_null=True)
    logo_uri = Text(required=False, allow_null=True)
    tos_uri = Text(required=False, allow_null=True)
    policy_uri = Text(required=False, allow_null=True)
    initiate_login_uri = Text(required=False, allow_null=True)
    jwks = ClientKeySetShape(required=False, allow_null=True)
    jwks_uri = Text(required=False, allow_null=True)
    _links = serializers.DictField(read_only=True)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """What can't be ignored without harm is refused."""
        asked = [name for name in NOT_OFFERED if isinstance(data, dict) and data.get(name)]
        if asked:
            raise serializers.ValidationError({asked[0]: ["is not offered"]})
        values: dict[str, Any] = super().to_internal_value(data)
        return values


class RegistrationErrorShape(serializers.Serializer[Any]):
    """What is wrong with the metadata (RFC 7591 §3.2.2)."""

    error = serializers.ChoiceField(
        choices=("invalid_client_metadata", "invalid_software_statement")
    )
    error_description = serializers.CharField()


def metadata_of(given: dict[str, Any], client_type: str, client: Client | None) -> dict[str, Any]:
    """The whole metadata as fields of the services; `client` is the one that is replaced."""
    values = {name: value for name, value in given.items() if value is not None}
    grants = values.get("grant_types") or [AUTHORIZATION_CODE]
    codes = ["code"] if AUTHORIZATION_CODE in grants else []
    method = values.get("token_endpoint_auth_method")
    method = method or defaults_of(client_type)["token_endpoint_auth_method"]
    is_public = method == Client.AuthMethod.NONE
    found = {
        "name": values["name"],
        **{name: values.get(name) or [] for name in LISTS},
        "grant_types": grants,
        "response_types": values.get("response_types") or codes,
        "token_endpoint_auth_method": method,
        **{name: values.get(name) or "" for name in LINK_FIELDS},
        **_keys(values, client),
    }
    if is_public or client is None:
        found["pkce_required"] = is_public or needs_pkce(client_type)
    refuse_unreachable(found["jwks_uri"], "jwks_uri")
    return found


def _keys(values: dict[str, Any], client: Client | None) -> dict[str, Any]:
    """As for applications; a set beside an address for one is refused (RFC 7591 §2, row 255)."""
    keys = (values.get("jwks") or {}).get("keys")
    if keys is not None and values.get("jwks_uri"):
        raise invalid("jwks_uri", "jwks_uri: must not be given together with jwks")
    if keys is not None:
        return {"jwks": jwks_of(keys, client)}
    return {"jwks": {}} if client is None or values.get("jwks_uri") else {}


def address_of(client: Client) -> str:
    """Where its registration is."""
    return f"{settings.BASE_URL}/oauth2/v1/clients/{client.client_id}"


def client_shown(client: Client, secret: str | None = None) -> dict[str, Any]:
    """The metadata as the wire has it; the secret only in the answer to who made it."""
    address = address_of(client)
    return {
        "client_id": client.client_id,
        "client_id_issued_at": int(client.created.timestamp()),
        **without_none({"client_secret": secret}),
        "client_secret_expires_at": 0,
        "client_name": client.name,
        "application_type": str(client.type),
        **{name: list(getattr(client, name)) for name in LISTS},
        "token_endpoint_auth_method": client.token_endpoint_auth_method,
        "subject_type": "public",
        **{name: getattr(client, name) or None for name in LINK_FIELDS},
        **({"jwks": {"keys": keys_shown(client)}} if client.jwks else {}),
        "_links": {
            "self": link(address, "GET", "PUT", "DELETE"),
            "newSecret": link(f"{address}/lifecycle/newSecret", "POST"),
        },
    }
