"""`/api/v1/authorizationServers`."""

from typing import Any

from django.conf import settings
from django.db.models import F, FilteredRelation, Q, QuerySet
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from apps.clients.models import ActiveStatus
from apps.management.okta.base import OktaView
from apps.management.okta.faults import missing
from apps.management.okta.paging import PAGING, Paging, listed
from apps.management.okta.parameters import parameters
from apps.management.okta.schema import PAGES, documented, query
from apps.management.okta.shapes import (
    READ_WRITE,
    Moment,
    Shape,
    href,
    lifecycle_link,
    link,
    read,
)
from apps.management.respond import answer, no_content
from apps.management.serializers.fields import Flag, Text, TextList
from apps.management.views.base import actor_of
from apps.servers.models import AuthorizationServer, SigningKey
from apps.servers.seeds import DEFAULT_SERVER_ID
from apps.servers.services import (
    activate_server,
    create_server,
    deactivate_server,
    delete_server,
    update_server,
)
from apps.servers.services.keys import ROTATION_PERIOD
from apps.systemlog.render import in_milliseconds

KIND = "AuthorizationServer"
BASE = "authorizationServers"
PAGE = Paging(("name", "id"))
IssuerMode = AuthorizationServer.IssuerMode
RotationMode = AuthorizationServer.RotationMode


class SigningShape(Shape):
    """`credentials.signing`."""

    kid = serializers.CharField(read_only=True)
    rotationMode = serializers.ChoiceField(  # noqa: N815 - the wire's names
        choices=RotationMode.choices, source="rotation_mode", default=RotationMode.AUTO
    )
    lastRotated = Moment(read_only=True)  # noqa: N815
    nextRotation = Moment(read_only=True, required=False)  # noqa: N815
    use = serializers.CharField(read_only=True)


class ServerCredentialsShape(Shape):
    """`credentials`."""

    signing = SigningShape(required=False)


class ServerShape(Shape):
    """An authorization server; a PUT is a full replacement, so what is left out has its default."""

    id = serializers.CharField(read_only=True)
    name = Text()
    description = Text(default="")
    audiences = TextList(min_length=1, max_length=1)
    issuer = serializers.CharField(read_only=True)
    issuerMode = serializers.ChoiceField(  # noqa: N815
        choices=IssuerMode.choices, default=IssuerMode.ORG_URL
    )
    status = serializers.ChoiceField(choices=ActiveStatus.choices, read_only=True)
    default = serializers.BooleanField(read_only=True)
    created = Moment(read_only=True)
    lastUpdated = Moment(read_only=True)  # noqa: N815
    credentials = ServerCredentialsShape(required=False)
    # Ours: a client that doesn't know them must not reset them, so what is left out stays.
    scopeMode = serializers.ChoiceField(  # noqa: N815
        choices=AuthorizationServer.ScopeMode.choices, source="scope_mode", required=False
    )
    accessTokenFormat = serializers.ChoiceField(  # noqa: N815
        choices=AuthorizationServer.TokenFormat.choices,
        source="access_token_format",
        required=False,
    )
    signingAlgorithm = serializers.ChoiceField(  # noqa: N815
        choices=AuthorizationServer.SigningAlg.choices, source="signing_alg", required=False
    )
    revokeOnPasswordChange = Flag(  # noqa: N815
        source="revoke_on_password_change", required=False
    )
    policyTestMode = serializers.ChoiceField(  # noqa: N815
        choices=AuthorizationServer.PolicyTestMode.choices,
        source="policy_test_mode",
        required=False,
    )
    secondPerson = Flag(source="second_person", required=False)  # noqa: N815
    _links = serializers.DictField(read_only=True)

    @classmethod
    def wire_names(cls) -> dict[str, str]:
        return {**super().wire_names(), "audience": "audiences", "issuer_mode": "issuerMode"}


OURS = (
    *("scope_mode", "access_token_format", "signing_alg", "revoke_on_password_change"),
    *("policy_test_mode", "second_person"),
)


def fields_of(request: Request) -> dict[str, Any]:
    """The body as fields of the services."""
    body = read(ServerShape, request)
    signing = body.get("credentials", {}).get("signing", {})
    return {
        "name": body["name"],
        "description": body["description"],
        "audience": body["audiences"][0],
        "issuer_mode": body["issuerMode"],
        "rotation_mode": signing.get("rotation_mode", RotationMode.AUTO),
        **{name: body[name] for name in OURS if name in body},
    }


def shown(server: Any) -> dict[str, Any]:
    """A server that `rows` has read, as the wire has it."""
    address = href(BASE, server.pk)
    return {
        "id": server.pk,
        "name": server.name,
        "description": server.description,
        "audiences": [server.audience],
        "issuer": f"{settings.BASE_URL}/oauth2/{server.pk}",
        "issuerMode": server.issuer_mode,
        "status": server.status,
        "default": server.pk == DEFAULT_SERVER_ID,
        "created": in_milliseconds(server.created),
        "lastUpdated": in_milliseconds(server.last_updated),
        "credentials": {"signing": _signing(server)},
        "scopeMode": server.scope_mode,
        "accessTokenFormat": server.access_token_format,
        "signingAlgorithm": server.signing_alg,
        "revokeOnPasswordChange": server.revoke_on_password_change,
        "policyTestMode": server.policy_test_mode,
        "secondPerson": server.second_person,
        "_links": {
            "self": link(address, *READ_WRITE),
            "scopes": link(f"{address}/scopes", "GET"),
            "claims": link(f"{address}/claims", "GET"),
            "policies": link(f"{address}/policies", "GET", "POST"),
            "rotateKey": link(f"{address}/credentials/lifecycle/keyRotate", "POST"),
            "metadata": _metadata(server),
            **lifecycle_link(address, server.status),
        },
    }


def _signing(server: Any) -> dict[str, Any]:
    if server.signs_since is None:
        return {"rotationMode": server.rotation_mode, "use": "sig"}
    found = {
        "kid": server.signs_by,
        "rotationMode": server.rotation_mode,
        "lastRotated": in_milliseconds(server.signs_since),
        "use": "sig",
    }
    if server.rotation_mode == RotationMode.AUTO:
        found["nextRotation"] = in_milliseconds(server.signs_since + ROTATION_PERIOD)
    return found


def _metadata(server: AuthorizationServer) -> list[dict[str, Any]]:
    issuer = f"{settings.BASE_URL}/oauth2/{server.pk}/.well-known"
    names = ("oauth-authorization-server", "openid-configuration")
    return [{"name": name, **link(f"{issuer}/{name}", "GET")} for name in names]


def rows() -> QuerySet[Any, Any]:
    """The servers that administrators see here, with what is shown of the key that signs."""
    is_current = Q(keys__state=SigningKey.State.CURRENT)  # of which a server has one at most
    return AuthorizationServer.objects.filter(is_organization=False).annotate(
        current=FilteredRelation("keys", condition=is_current),
        signs_by=F("current__kid"),
        signs_since=F("current__activated_at"),
    )


def server_named(server_id: str) -> Any:
    """The server, or 404."""
    server = rows().filter(pk=server_id).first()
    if server is None:
        raise missing(server_id, KIND)
    return server


def check_server(server_id: str) -> None:
    """404 unless there is such a server: what lies below it needs no more of it."""
    if not AuthorizationServer.objects.filter(pk=server_id, is_organization=False).exists():
        raise missing(server_id, KIND)


class ServersView(OktaView):
    """The list, and a new one."""

    shape = ServerShape

    @documented(
        "listAuthorizationServers",
        "List authorization servers",
        gives=ServerShape(many=True),
        parameters=[query("q", "In name or audience."), *PAGES],
    )
    def get(self, request: Request) -> HttpResponse:
        found = rows()
        if q := parameters(request, *PAGING, "q").get("q"):
            found = found.filter(Q(name__icontains=q) | Q(audience__icontains=q))
        return listed(request, found, PAGE, shown, "q")

    @documented(
        "createAuthorizationServer",
        "Create an authorization server",
        takes=ServerShape,
        gives=ServerShape,
        status=201,
    )
    def post(self, request: Request) -> HttpResponse:
        parameters(request)
        server = create_server(actor=actor_of(request), **fields_of(request))
        return answer(shown(server_named(server.pk)), 201)


class ServerView(OktaView):
    """One server."""

    shape = ServerShape

    @documented("getAuthorizationServer", "Read an authorization server", gives=ServerShape)
    def get(self, request: Request, server_id: str) -> HttpResponse:
        parameters(request)
        return answer(shown(server_named(server_id)))

    @documented(
        "replaceAuthorizationServer",
        "Replace an authorization server",
        takes=ServerShape,
        gives=ServerShape,
        is_change=True,
    )
    def put(self, request: Request, server_id: str) -> HttpResponse:
        parameters(request)
        server_named(server_id)
        update_server(actor=actor_of(request), server_id=server_id, **fields_of(request))
        return answer(shown(server_named(server_id)))

    @documented(
        "deleteAuthorizationServer", "Delete an authorization server", status=204, is_change=True
    )
    def delete(self, request: Request, server_id: str) -> HttpResponse:
        parameters(request)
        server_named(server_id)
        delete_server(actor=actor_of(request), server_id=server_id)
        return no_content()


class ActivateServerView(OktaView):
    """Let clients use it again."""

    @documented("activateAuthorizationServer", "Activate an authorization server", status=204)
    def post(self, request: Request, server_id: str) -> HttpResponse:
        parameters(request)
        server_named(server_id)
        activate_server(actor=actor_of(request), server_id=server_id)
        return no_content()


class DeactivateServerView(OktaView):
    """Nobody gets tokens from it, and its tokens die."""

    @documented(
        "deactivateAuthorizationServer",
        "Deactivate an authorization server",
        status=204,
        is_change=True,
    )
    def post(self, request: Request, server_id: str) -> HttpResponse:
        parameters(request)
        server_named(server_id)
        deactivate_server(actor=actor_of(request), server_id=server_id)
        return no_content()
