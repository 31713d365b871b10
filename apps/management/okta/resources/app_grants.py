"""`/api/v1/apps/{id}/grants`: which scopes of the management API a client may get.

Read only: they are the `okta.*` names among the allowed scopes of a configuration client's token
policy, and are given and taken there. No other client has any.
"""

from typing import Any, Final

from django.conf import settings
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from apps.clients.models import Client
from apps.management.okta.base import OktaView
from apps.management.okta.faults import missing
from apps.management.okta.parameters import parameters
from apps.management.okta.resources.app_rows import BASE, app_named
from apps.management.okta.schema import documented
from apps.management.okta.shapes import Moment, Shape, href, link
from apps.management.respond import answer
from apps.systemlog.render import in_milliseconds
from authzsite.domain.api_scopes import okta_scopes
from authzsite.domain.tokens import digest

KIND: Final = "OAuth2ScopeConsentGrant"


class ScopeGrantShape(Shape):
    """A scope that a client may get."""

    id = serializers.CharField(read_only=True)
    status = serializers.ChoiceField(choices=("ACTIVE", "REVOKED"), read_only=True)
    created = Moment(read_only=True)
    lastUpdated = Moment(read_only=True)  # noqa: N815 - the wire's names
    issuer = serializers.CharField(read_only=True)
    clientId = serializers.CharField(read_only=True)  # noqa: N815
    scopeId = serializers.CharField(read_only=True)  # noqa: N815
    source = serializers.ChoiceField(  # type: ignore[assignment]
        choices=("ADMIN", "END_USER"), read_only=True
    )
    _links = serializers.DictField(read_only=True)


def grants_of(app_id: str) -> list[dict[str, Any]]:
    """All grants of an application, or 404."""
    app = app_named(app_id)
    if app.type != Client.Type.CONFIG or app.token_policy is None:
        return []
    known = okta_scopes()
    names = [scope for scope in app.token_policy.allowed_scopes if scope in known]
    return [_shown(app, name, app.token_policy.last_updated) for name in names]


def _shown(app: Client, scope: str, since: Any) -> dict[str, Any]:
    ident = f"oag{digest('scope grant', f'{app.pk} {scope}')[:17]}"
    moment = in_milliseconds(since)
    return {
        "id": ident,
        "status": "ACTIVE",
        "created": moment,
        "lastUpdated": moment,
        "issuer": settings.BASE_URL,
        "clientId": app.client_id,
        "scopeId": scope,
        "source": "ADMIN",
        "_links": {
            "app": {"href": href(BASE, app.pk), "title": app.name},
            "self": link(href(BASE, app.pk, "grants", ident), "GET"),
        },
    }


class GrantsView(OktaView):
    """The list."""

    @documented(
        "listScopeConsentGrants",
        "List the scopes of the management API that a client may get",
        gives=ScopeGrantShape(many=True),
    )
    def get(self, request: Request, app_id: str) -> HttpResponse:
        parameters(request)
        return answer(grants_of(app_id))


class GrantView(OktaView):
    """One of them."""

    @documented("getScopeConsentGrant", "Read one such scope", gives=ScopeGrantShape)
    def get(self, request: Request, app_id: str, grant_id: str) -> HttpResponse:
        parameters(request)
        for found in grants_of(app_id):
            if found["id"] == grant_id:
                return answer(found)
        raise missing(grant_id, KIND)
