"""`/{org}/config/clients`."""

from functools import partial
from typing import Any, Final

from django.http import HttpResponse
from rest_framework.request import Request

from apps.clients.models import Client, LoginPolicy, TokenPolicy
from apps.clients.services import create_client, delete_client, rotate_secret, update_client
from apps.management.exceptions import Refusal, not_found
from apps.management.identity_cloud.schema import CLIENT_BODY, NEW_CLIENT, SECRET, configures
from apps.management.identity_cloud.schema import listed as listing_schema
from apps.management.permissions import require_held, token_of
from apps.management.respond import answer, no_content
from apps.management.serializers.identity_cloud import (
    CONFIDENTIAL,
    CONFIGURATION,
    PUBLIC,
    ClientInput,
    client_body,
    client_entry,
    client_path,
    type_of,
)
from apps.management.views.base import (
    ConfigurationView,
    actor_of,
    changing,
    etag_of,
    read,
)
from apps.management.views.lists import listed
from authzsite.domain.api_scopes import permits
from authzsite.domain.vocabulary import AUTHORIZATION_CODE, REFRESH_TOKEN_GRANT

USER_GRANTS: Final = [AUTHORIZATION_CODE, REFRESH_TOKEN_GRANT]
KINDS: Final[dict[str, dict[str, Any]]] = {
    PUBLIC: {
        "type": Client.Type.NATIVE,
        "token_endpoint_auth_method": Client.AuthMethod.NONE,
        "grant_types": USER_GRANTS,
        "rotation_type": Client.Rotation.ROTATE,
    },
    CONFIDENTIAL: {"type": Client.Type.WEB, "grant_types": USER_GRANTS},
    CONFIGURATION: {"type": Client.Type.CONFIG},
}
WITH_SECRET: Final = frozenset({Client.AuthMethod.BASIC, Client.AuthMethod.POST})


class ClientsView(ConfigurationView):
    """The list, and a new one."""

    @configures(
        "listClients", "List clients", gives=listing_schema("clients", "name"), is_list=True
    )
    def get(self, request: Request, organization: str) -> HttpResponse:
        found = Client.objects.order_by("name", "pk").only("client_id", "name")
        return listed(request, "clients", found, partial(client_entry, organization))

    @configures("addClient", "Create a client", takes=ClientInput, gives=NEW_CLIENT, status=201)
    def post(self, request: Request, organization: str) -> HttpResponse:
        fields = read(ClientInput, request)
        if "type" not in fields:
            raise Refusal(400, "type is required")
        policy = policy_of(fields)
        if policy is None:
            raise Refusal(422, "tokenPolicy must be given")
        require_held(request, policy.allowed_scopes)
        fields["login_policy"] = login_policy_of(fields)
        kind = KINDS[fields.pop("type")]
        client, secret = create_client(
            actor=actor_of(request), **kind, **fields | {"token_policy": policy}
        )
        body = client_body(organization, client)
        if secret and may_see_secret(request, client):
            body["secret"] = secret  # this once
        return answer(body, 201, {"Location": client_path(organization, client)})


class ClientView(ConfigurationView):
    """One client."""

    @configures("readClient", "Read a client", gives=CLIENT_BODY)
    def get(self, request: Request, organization: str, client_id: str) -> HttpResponse:
        return shown(organization, client_named(client_id))

    @configures(
        "changeClient", "Replace a client", takes=ClientInput, gives=CLIENT_BODY, is_change=True
    )
    def put(self, request: Request, organization: str, client_id: str) -> HttpResponse:
        client = client_named(client_id)
        fields = read(ClientInput, request)
        if fields.pop("type", type_of(client)) != type_of(client):
            raise Refusal(422, "type cannot be changed")
        policy = policy_of(fields)
        if policy is None and client.token_policy_id is not None:
            raise Refusal(422, "tokenPolicy cannot be removed, only replaced")
        if policy is not None and policy.pk != client.token_policy_id:
            require_held(request, policy.allowed_scopes)
        fields["login_policy"] = login_policy_of(fields)
        if fields["login_policy"] is None and client.login_policy_id is not None:
            raise Refusal(422, "loginPolicy cannot be removed, only replaced")
        with changing(request, client, lambda row: etag_of(client_body(organization, row))):
            client = update_client(
                actor=actor_of(request), client=client, **fields | {"token_policy": policy}
            )
        return shown(organization, client)

    @configures("removeClient", "Delete a client", status=204, is_change=True)
    def delete(self, request: Request, organization: str, client_id: str) -> HttpResponse:
        client = client_named(client_id)
        with changing(request, client, lambda row: etag_of(client_body(organization, row))):
            delete_client(actor=actor_of(request), client=client)
        return no_content()


class ClientSecretView(ConfigurationView):
    """A client's secret: made anew, never read again, since only its digest is kept (R5, R22)."""

    @configures("readClientSecret", "Refused: a secret is shown once", gives=SECRET)
    def get(self, request: Request, organization: str, client_id: str) -> HttpResponse:
        secret_client(client_id)
        text = "A secret is shown once, when it is made; POST to this address makes a new one."
        raise Refusal(409, text, reason="secret_not_kept")

    @configures("resetClientSecret", "Make a new secret", gives=SECRET, status=201)
    def post(self, request: Request, organization: str, client_id: str) -> HttpResponse:
        client = secret_client(client_id)
        if client.token_policy is not None:
            require_held(request, client.token_policy.allowed_scopes)
        _, text = rotate_secret(actor=actor_of(request), client=client)
        return answer({"secret": text}, 201)


def client_named(client_id: str) -> Client:
    """The client, or 404. Its id here is the one that it authenticates with."""
    found = Client.objects.select_related("token_policy").filter(client_id=client_id).first()
    if found is None:
        raise not_found()
    return found


def secret_client(client_id: str) -> Client:
    """A client that has a secret, or 404."""
    client = client_named(client_id)
    if client.token_endpoint_auth_method not in WITH_SECRET:
        raise Refusal(404, "The client has no secret.")
    return client


def policy_of(fields: dict[str, Any]) -> TokenPolicy | None:
    """The token policy that the body names; None for null."""
    policy_id = fields.pop("token_policy")
    if policy_id is None:
        return None
    policy = TokenPolicy.objects.filter(pk=policy_id).first()
    if policy is None:
        raise Refusal(422, "tokenPolicy names no token policy")
    return policy


def login_policy_of(fields: dict[str, Any]) -> LoginPolicy | None:
    """The login policy that the body names; None for null."""
    policy_id = fields.pop("login_policy")
    if policy_id is None:
        return None
    policy = LoginPolicy.objects.filter(pk=policy_id).first()
    if policy is None:
        raise Refusal(422, "loginPolicy names no login policy")
    return policy


def may_see_secret(request: Request, client: Client) -> bool:
    """Whether the token reaches the path of the new client's secret (R22)."""
    path = ("config", "clients", client.client_id, "secret")
    return permits(token_of(request).scopes, "POST", path)


def shown(organization: str, client: Client) -> HttpResponse:
    """The client with its validator."""
    body = client_body(organization, client)
    return answer(body, headers={"ETag": etag_of(body)})
