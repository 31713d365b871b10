"""Clients and token policies as Identity Cloud writes them. Unknown members are ignored."""

from typing import Any
from urllib.parse import quote

from rest_framework import serializers

from apps.clients.models import Client, TokenPolicy
from apps.management.serializers.fields import REQUIRED, Flag, Seconds, Text, TextList
from authzsite.domain import limits

PUBLIC, CONFIDENTIAL, CONFIGURATION = "public", "confidential", "configuration"
TYPES = {PUBLIC: PUBLIC, CONFIDENTIAL: CONFIDENTIAL, CONFIGURATION: CONFIGURATION}
SPELLINGS = {**TYPES, "config": CONFIGURATION}


class TokenPolicyInput(serializers.Serializer[Any]):
    """The whole policy: a member that is left out has its documented default, in a PUT, too."""

    title = Text()
    accessTokenLifetime = Seconds(  # noqa: N815 - the wire's names
        source="access_token_lifetime", default=limits.DEFAULT_CONFIG_ACCESS_SECONDS
    )
    refreshTokenLifetime = Seconds(  # noqa: N815
        source="refresh_token_lifetime", default=limits.DEFAULT_CONFIG_REFRESH_SECONDS
    )
    allowedScopes = TextList(source="allowed_scopes", required=False)  # noqa: N815
    useAccessJWT = Flag(source="use_access_jwt", default=False)  # noqa: N815


class ClientInput(serializers.Serializer[Any]):
    """The whole client; its type is given once and its secret never."""

    name = Text()
    type = serializers.ChoiceField(
        choices=list(SPELLINGS),
        required=False,
        error_messages={**REQUIRED, "invalid_choice": f"must be one of {', '.join(TYPES)}"},
    )
    redirectURIs = TextList(source="redirect_uris", default=list)  # noqa: N815
    tokenPolicy = Text(source="token_policy", allow_null=True)  # noqa: N815
    loginPolicy = Text(source="login_policy", allow_null=True, default=None)  # noqa: N815

    def validate_type(self, value: str) -> str:
        """Both spellings of a configuration client are one."""
        return SPELLINGS[value]


def type_of(client: Client) -> str:
    """What Identity Cloud calls a client of this type."""
    if client.type == Client.Type.CONFIG:
        return CONFIGURATION
    return PUBLIC if client.is_public else CONFIDENTIAL


def client_path(organization: str, client: Client) -> str:
    """The address of a client; its id here is the one that it authenticates with."""
    return f"/{organization}/config/clients/{quote(client.client_id, safe='')}"


def policy_path(organization: str, policy: TokenPolicy) -> str:
    """The address of a token policy."""
    return f"/{organization}/config/tokenPolicies/{policy.pk}"


def client_body(organization: str, client: Client) -> dict[str, Any]:
    """One client, without secrets (row 271)."""
    return {
        "id": client.client_id,
        "name": client.name,
        "type": type_of(client),
        "redirectURIs": list(client.redirect_uris),
        "loginPolicy": client.login_policy_id,
        "tokenPolicy": client.token_policy_id,
        "_links": links(client_path(organization, client)),
    }


def policy_body(organization: str, policy: TokenPolicy) -> dict[str, Any]:
    """One token policy."""
    return {
        "id": policy.pk,
        "title": policy.title,
        "accessTokenLifetime": policy.access_token_lifetime,
        "refreshTokenLifetime": policy.refresh_token_lifetime,
        "allowedScopes": list(policy.allowed_scopes),
        "useAccessJWT": policy.use_access_jwt,
        "_links": links(policy_path(organization, policy)),
    }


def client_entry(organization: str, client: Client) -> dict[str, Any]:
    """A client in the list."""
    found = links(client_path(organization, client))
    return {"id": client.client_id, "name": client.name, "_links": found}


def policy_entry(organization: str, policy: TokenPolicy) -> dict[str, Any]:
    """A token policy in the list."""
    found = links(policy_path(organization, policy))
    return {"id": policy.pk, "title": policy.title, "_links": found}


def links(path: str) -> dict[str, Any]:
    """The `_links` of a resource."""
    return {"self": {"href": path}}
