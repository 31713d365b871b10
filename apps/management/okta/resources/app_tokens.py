"""`/api/v1/apps/{id}/tokens`: the living refresh tokens of an application."""

from collections.abc import Callable

from django.http import HttpResponse
from rest_framework.request import Request

from apps.directory.roles import REVOKE
from apps.management.okta.base import OktaView
from apps.management.okta.parameters import parameters
from apps.management.okta.resources import refresh_tokens
from apps.management.okta.resources.app_rows import BASE, app_named, changeable
from apps.management.okta.resources.refresh_tokens import RefreshTokenShape
from apps.management.okta.schema import documented
from apps.management.okta.shapes import href
from apps.management.views.base import actor_of
from apps.tokens.criteria import Criteria


def address_of(app_id: str) -> str:
    """Where the list is."""
    return href(BASE, app_id, "tokens")


class AppTokensView(OktaView):
    """An application's refresh tokens."""

    helps = {"DELETE": REVOKE}

    @documented(
        "listOAuth2TokensForApplication",
        "List an application's refresh tokens",
        gives=RefreshTokenShape(many=True),
        parameters=refresh_tokens.LIST_PARAMETERS,
    )
    def get(self, request: Request, app_id: str) -> HttpResponse:
        app = app_named(app_id)
        return refresh_tokens.list_records(request, address_of(app_id), client_id=app.pk)

    @documented(
        "revokeOAuth2TokensForApplication",
        "Revoke an application's tokens, access tokens included",
        status=204,
        is_change=True,
    )
    def delete(self, request: Request, app_id: str) -> HttpResponse:
        parameters(request)
        criteria = Criteria(client=changeable(app_id).pk)
        return refresh_tokens.revoke_records(actor_of(request), criteria)


class AppTokenView(OktaView):
    """One refresh token."""

    helps = {"DELETE": REVOKE}

    @documented(
        "getOAuth2TokenForApplication",
        "Read a refresh token's record",
        gives=RefreshTokenShape,
        parameters=refresh_tokens.READ_PARAMETERS,
    )
    def get(self, request: Request, app_id: str, token_id: str) -> HttpResponse:
        app = app_named(app_id)
        return refresh_tokens.read_record(request, token_id, address_of(app_id), client_id=app.pk)

    @documented(
        "revokeOAuth2TokenForApplication",
        "Revoke a refresh token and the access tokens issued with it",
        status=204,
        is_change=True,
    )
    def delete(self, request: Request, app_id: str, token_id: str) -> HttpResponse:
        parameters(request)
        app = changeable(app_id)
        return refresh_tokens.revoke_record(actor_of(request), token_id, client_id=app.pk)

    def preview(self, call: Callable[[], HttpResponse]) -> HttpResponse:
        """One token has no job that would tell."""
        app = changeable(self.kwargs["app_id"])
        return refresh_tokens.preview_record(self.kwargs["token_id"], client_id=app.pk)
