"""The clients that hold refresh tokens of a server, and those tokens."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from apps.clients.models import Client
from apps.management.okta.base import OktaView
from apps.management.okta.faults import missing
from apps.management.okta.paging import Paging, listed
from apps.management.okta.parameters import parameters
from apps.management.okta.resources import refresh_tokens
from apps.management.okta.resources.refresh_tokens import RefreshTokenShape
from apps.management.okta.resources.servers import BASE, check_server
from apps.management.okta.schema import PAGES, documented
from apps.management.okta.shapes import Shape, href, link
from apps.management.views.base import actor_of
from apps.servers.models import AuthorizationServer
from apps.tokens import clock
from apps.tokens.criteria import Criteria
from apps.tokens.selectors import live_refresh_tokens, refresh_tokens_by_row

KIND: Final = "PublicClientApp"
PAGE: Final = Paging(("id",))


class ServerClientShape(Shape):
    """A client as far as its tokens are concerned."""

    client_id = serializers.CharField(read_only=True)
    client_name = serializers.CharField(read_only=True)
    client_uri = serializers.CharField(read_only=True, allow_null=True)
    logo_uri = serializers.CharField(read_only=True, allow_null=True)
    _links = serializers.DictField(read_only=True)


class ServerClientsView(OktaView):
    """The clients with living refresh tokens of the server."""

    @documented(
        "listOAuth2ClientsForAuthorizationServer",
        "List the clients that hold refresh tokens",
        gives=ServerClientShape(many=True),
        parameters=PAGES,
    )
    def get(self, request: Request, server_id: str) -> HttpResponse:
        check_server(server_id)
        show = partial(_shown, server_id=server_id)
        return listed(request, holders(server_id), PAGE, show, prepare=_only_living)


def holders(server_id: str) -> QuerySet[Client]:
    """The clients with refresh tokens of the server; `living` is the id of one that lives.

    That is asked of the rows of a page only: to ask it first would be to ask it of every token that
    there is. So a page may be shorter than its limit.
    """
    now, mine = clock.now(), {"server_id": server_id, "client_id": OuterRef("pk")}
    tokens, living = refresh_tokens_by_row(now).filter(**mine), live_refresh_tokens(now)
    one = living.filter(**mine).order_by().values("pk")[:1]
    return Client.objects.filter(Exists(tokens)).annotate(living=Subquery(one))


def _only_living(page: list[Any]) -> None:
    page[:] = [client for client in page if client.living is not None]


def _shown(client: Client, server_id: str) -> dict[str, object]:
    return client_shown(client, href(BASE, server_id, "clients", client.client_id), "tokens")


def client_shown(client: Client, at: str, *below: str) -> dict[str, object]:
    """A client where it holds tokens: `at` is its address there, and `below` what lies under it."""
    return {
        "client_id": client.client_id,
        "client_name": client.name,
        "client_uri": client.client_uri or None,
        "logo_uri": client.logo_uri or None,
        "_links": {
            "client": link(f"{settings.BASE_URL}/oauth2/v1/clients/{client.client_id}", "GET"),
            **{name: link(f"{at}/{name}", "GET", "DELETE") for name in below},
        },
    }


class ClientTokensView(OktaView):
    """A client's refresh tokens of the server."""

    @documented(
        "listRefreshTokensForAuthorizationServerAndClient",
        "List a client's refresh tokens",
        gives=RefreshTokenShape(many=True),
        parameters=refresh_tokens.LIST_PARAMETERS,
    )
    def get(self, request: Request, server_id: str, client_id: str) -> HttpResponse:
        return refresh_tokens.list_records(request, **_owners(server_id, client_id))

    @documented(
        "revokeRefreshTokensForAuthorizationServerAndClient",
        "Revoke a client's tokens of this server, access tokens included",
        status=204,
        is_change=True,
    )
    def delete(self, request: Request, server_id: str, client_id: str) -> HttpResponse:
        parameters(request)
        owners = _owners(server_id, client_id)
        criteria = Criteria(server=owners["server_id"], client=owners["client_id"])
        return refresh_tokens.revoke_records(actor_of(request), criteria)


class ClientTokenView(OktaView):
    """One refresh token."""

    @documented(
        "getRefreshTokenForAuthorizationServerAndClient",
        "Read a refresh token's record",
        gives=RefreshTokenShape,
        parameters=refresh_tokens.READ_PARAMETERS,
    )
    def get(self, request: Request, server_id: str, client_id: str, token_id: str) -> HttpResponse:
        return refresh_tokens.read_record(request, token_id, **_owners(server_id, client_id))

    @documented(
        "revokeRefreshTokenForAuthorizationServerAndClient",
        "Revoke a refresh token and the access tokens issued with it",
        status=204,
        is_change=True,
    )
    def delete(
        self, request: Request, server_id: str, client_id: str, token_id: str
    ) -> HttpResponse:
        parameters(request)
        owners = _owners(server_id, client_id)
        return refresh_tokens.revoke_record(actor_of(request), token_id, **owners)

    def preview(self, call: Callable[[], HttpResponse]) -> HttpResponse:
        """One token has no job that would tell."""
        owners = _owners(self.kwargs["server_id"], self.kwargs["client_id"])
        return refresh_tokens.preview_record(self.kwargs["token_id"], **owners)


def _owners(server_id: str, client_id: str) -> dict[str, str]:
    """Both from one statement, or 404."""
    server = AuthorizationServer.objects.filter(pk=server_id, is_organization=False)
    found = Client.objects.filter(Exists(server), client_id=client_id).first()
    if found is None:
        check_server(server_id)
        raise missing(client_id, KIND)
    return {"server_id": server_id, "client_id": found.pk}
