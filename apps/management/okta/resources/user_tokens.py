"""What a user's clients hold, and the end of it: clients, refresh tokens, browser
sessions, and the apps that a user may open."""

from collections.abc import Callable
from typing import Any, Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from apps.clients.models import ActiveStatus, Client
from apps.clients.selectors import clients_of_user
from apps.directory.models import User
from apps.directory.roles import HELP_PERSON, REVOKE, may_help
from apps.directory.services import end_sessions, revoke_user_tokens
from apps.management.okta.faults import missing
from apps.management.okta.paging import Paging, listed
from apps.management.okta.parameters import flag, parameters
from apps.management.okta.resources import refresh_tokens
from apps.management.okta.resources.refresh_tokens import RefreshTokenShape
from apps.management.okta.resources.server_clients import ServerClientShape, client_shown
from apps.management.okta.resources.user_shapes import BASE
from apps.management.okta.resources.users import UserAddressView, user_named
from apps.management.okta.schema import PAGES, documented, query
from apps.management.okta.shapes import Shape, href
from apps.management.respond import no_content
from apps.management.views.base import actor_of
from apps.tokens import clock
from apps.tokens.criteria import Criteria
from apps.tokens.models import Consent
from apps.tokens.selectors import live_refresh_tokens

PAGE: Final = Paging(("id",))
TAG: Final = "UserOAuth"


def client_named(client_id: str) -> Client:
    """The client with this id of OAuth, or 404."""
    client = Client.objects.filter(client_id=client_id).first()
    if client is None:
        raise missing(client_id, "PublicClientApp")
    return client


class AppLinkShape(Shape):
    """An app that the user may open."""

    id = serializers.CharField(read_only=True)
    label = serializers.CharField(read_only=True)  # type: ignore[assignment]
    linkUrl = serializers.CharField(read_only=True, allow_null=True)  # noqa: N815 - the wire's
    logoUrl = serializers.CharField(read_only=True, allow_null=True)  # noqa: N815
    appName = serializers.CharField(read_only=True)  # noqa: N815
    appInstanceId = serializers.CharField(read_only=True)  # noqa: N815
    appAssignmentId = serializers.CharField(read_only=True, allow_null=True)  # noqa: N815
    credentialsSetup = serializers.BooleanField(read_only=True)  # noqa: N815
    hidden = serializers.BooleanField(read_only=True)
    sortOrder = serializers.IntegerField(read_only=True)  # noqa: N815


class UserAppLinksView(UserAddressView):
    """The apps that are assigned to the user, by whatever path."""

    @documented(
        "listAppLinks",
        "List the apps assigned to a user",
        gives=AppLinkShape(many=True),
        parameters=PAGES,
        tag="UserResources",
    )
    def get(self, request: Request, user_id: str) -> HttpResponse:
        mine = clients_of_user(user_named(request, user_id)).values("pk")
        rows = Client.objects.filter(pk__in=mine, status=ActiveStatus.ACTIVE)
        return listed(request, rows, PAGE, _shown_link)


def _shown_link(client: Client) -> dict[str, Any]:
    return {
        "id": client.pk,
        "label": client.name,
        "linkUrl": client.initiate_login_uri or client.client_uri or None,
        "logoUrl": client.logo_uri or None,
        "appName": "oidc_client",
        "appInstanceId": client.pk,
        "appAssignmentId": None,
        "credentialsSetup": False,
        "hidden": False,
        "sortOrder": 0,
    }


class UserClientsView(UserAddressView):
    """The clients that hold refresh tokens of the user, or what the user has allowed them."""

    @documented(
        "listUserClients",
        "List the clients of a user",
        gives=ServerClientShape(many=True),
        parameters=PAGES,
        tag="UserResources",
    )
    def get(self, request: Request, user_id: str) -> HttpResponse:
        user = user_named(request, user_id)
        mine = {"user_id": user.pk, "client_id": OuterRef("pk")}
        tokens = live_refresh_tokens(clock.now()).filter(**mine)
        rows = Client.objects.filter(Q(Exists(tokens)) | Q(Exists(Consent.objects.filter(**mine))))
        return listed(request, rows, PAGE, lambda client: _shown_client(client, user.pk))


def _shown_client(client: Client, user_id: str) -> dict[str, object]:
    at = href(BASE, user_id, "clients", client.client_id)
    return client_shown(client, at, "grants", "tokens")


class _ClientTokensAddress(UserAddressView):
    """Below a user's client."""

    def owners(self, request: Request, user_id: str, client_id: str) -> dict[str, str]:
        """Whose tokens they are."""
        user = user_named(request, user_id)
        return {"user_id": user.pk, "client_id": client_named(client_id).pk}

    def at(self, owners: dict[str, str], client_id: str) -> str:
        """The address of the list."""
        return href(BASE, owners["user_id"], "clients", client_id, "tokens")


class UserClientTokensView(_ClientTokensAddress):
    """The refresh tokens of one client for the user."""

    helps = {"DELETE": REVOKE}

    @documented(
        "listRefreshTokensForUserAndClient",
        "List the refresh tokens of a user's client",
        gives=RefreshTokenShape(many=True),
        parameters=refresh_tokens.LIST_PARAMETERS,
        tag=TAG,
    )
    def get(self, request: Request, user_id: str, client_id: str) -> HttpResponse:
        owners = self.owners(request, user_id, client_id)
        return refresh_tokens.list_records(request, self.at(owners, client_id), **owners)

    @documented(
        "revokeTokensForUserAndClient",
        "Revoke all tokens of a user's client",
        status=204,
        is_change=True,
        tag=TAG,
    )
    def delete(self, request: Request, user_id: str, client_id: str) -> HttpResponse:
        parameters(request)
        owners = self.owners(request, user_id, client_id)
        criteria = Criteria(user=owners["user_id"], client=owners["client_id"])
        return refresh_tokens.revoke_records(actor_of(request), criteria)


class UserClientTokenView(_ClientTokensAddress):
    """One refresh token."""

    helps = {"DELETE": REVOKE}

    @documented(
        "getRefreshTokenForUserAndClient",
        "Read a refresh token's record",
        gives=RefreshTokenShape,
        parameters=refresh_tokens.READ_PARAMETERS,
        tag=TAG,
    )
    def get(self, request: Request, user_id: str, client_id: str, token_id: str) -> HttpResponse:
        owners = self.owners(request, user_id, client_id)
        return refresh_tokens.read_record(request, token_id, self.at(owners, client_id), **owners)

    @documented(
        "revokeTokenForUserAndClient",
        "Revoke a refresh token and the access tokens issued with it",
        status=204,
        is_change=True,
        tag=TAG,
    )
    def delete(self, request: Request, user_id: str, client_id: str, token_id: str) -> HttpResponse:
        parameters(request)
        owners = self.owners(request, user_id, client_id)
        return refresh_tokens.revoke_record(actor_of(request), token_id, **owners)

    def preview(self, call: Callable[[], HttpResponse]) -> HttpResponse:
        """One token has no job that would tell."""
        owners = self.owners(self.request, self.kwargs["user_id"], self.kwargs["client_id"])
        return refresh_tokens.preview_record(self.kwargs["token_id"], **owners)


class UserSessionsView(UserAddressView):
    """The user's browser sessions, and with `oauthTokens` every token."""

    helps = {"DELETE": HELP_PERSON}

    def is_for_help(self, helper: User) -> bool:
        """Not for administrators."""
        return may_help(helper, user_named(self.request, self.kwargs["user_id"]))

    @documented(
        "revokeUserSessions",
        "End a user's sessions",
        status=204,
        parameters=[
            query("oauthTokens", "`true`: every token, too.", bool),
            query("forgetDevices", "No device is remembered, whatever it says.", bool),
        ],
        is_change=True,
        tag="UserSessions",
    )
    def delete(self, request: Request, user_id: str) -> HttpResponse:
        given = parameters(request, "oauthTokens", "forgetDevices")
        with_tokens = flag(given, "oauthTokens")
        flag(given, "forgetDevices")
        user, actor = user_named(request, user_id), actor_of(request)
        with transaction.atomic():
            end_sessions(actor=actor, user=user)
            if with_tokens:
                revoke_user_tokens(actor=actor, user=user)
        return no_content()
