"""What a user has allowed clients: one grant for each scope of a server that is
remembered. A withdrawn one is gone with whatever came of it, so all that is shown is ACTIVE."""

from collections.abc import Iterable
from functools import partial
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.lookups import Exact
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from apps.clients.models import Client
from apps.management.okta.faults import invalid, missing
from apps.management.okta.paging import PAGING, Paging, listed
from apps.management.okta.parameters import parameters
from apps.management.okta.resources.user_shapes import BASE
from apps.management.okta.resources.user_tokens import client_named
from apps.management.okta.resources.users import UserAddressView, user_named
from apps.management.okta.schema import PAGES, documented, query
from apps.management.okta.shapes import Moment, Shape, href, link
from apps.management.respond import answer, no_content
from apps.management.views.base import actor_of
from apps.servers.models import Scope
from apps.systemlog.render import in_milliseconds
from apps.tokens.consents import withdraw_consent, withdraw_scope
from apps.tokens.models import Consent

KIND: Final = "OAuth2ScopeConsentGrant"
PAGE: Final = Paging(("id",), default=20)
FILTERS: Final = ("scopeId", "expand")
EXPAND: Final = query("expand", "`scope`: with the scope.")
LIST: Final = (query("scopeId", "The id of a scope."), EXPAND, *PAGES)


class GrantShape(Shape):
    """One scope that a user has allowed a client."""

    id = serializers.CharField(read_only=True)
    status = serializers.ChoiceField(choices=("ACTIVE", "REVOKED"), read_only=True)
    source = serializers.ChoiceField(  # type: ignore[assignment]
        choices=("ADMIN", "END_USER"), read_only=True
    )
    created = Moment(read_only=True)
    lastUpdated = Moment(read_only=True)  # noqa: N815 - the wire's names
    createdBy = serializers.DictField(read_only=True)  # noqa: N815
    issuer = serializers.CharField(read_only=True)
    clientId = serializers.CharField(read_only=True)  # noqa: N815
    userId = serializers.CharField(read_only=True)  # noqa: N815
    scopeId = serializers.CharField(read_only=True)  # noqa: N815
    _embedded = serializers.DictField(read_only=True, required=False)
    _links = serializers.DictField(read_only=True)


def grants(**owners: str) -> QuerySet[Consent]:
    """The grants of these owners, with the ids and names that are shown; those of a scope or
    client that is gone are not."""
    scopes = Scope.objects.filter(server_id=OuterRef("server_id"), name=OuterRef("scope"))
    clients = Client.objects.filter(pk=OuterRef("client_id"))
    found = Consent.objects.filter(**owners).annotate(
        scope_id=Subquery(scopes.values("pk")[:1]),
        display_name=Subquery(scopes.values("display_name")[:1]),
        description=Subquery(scopes.values("description")[:1]),
        public_id=Subquery(clients.values("client_id")[:1]),
        client_name=Subquery(clients.values("name")[:1]),
    )
    return found.exclude(scope_id=None).exclude(public_id=None)


def shown(grant: Any, *, expand: bool) -> dict[str, Any]:
    """A grant that `grants` has read, as the wire has it."""
    server = href("authorizationServers", grant.server_id)
    found = {
        "id": grant.pk,
        "status": "ACTIVE",
        "source": "END_USER",
        "created": in_milliseconds(grant.created),
        "lastUpdated": in_milliseconds(grant.created),
        "createdBy": {"id": grant.user_id, "type": "User"},
        "issuer": f"{settings.BASE_URL}/oauth2/{grant.server_id}",
        "clientId": grant.public_id,
        "userId": grant.user_id,
        "scopeId": grant.scope_id,
        "_links": {
            "app": {"href": href("apps", grant.client_id), "title": grant.client_name},
            "authorizationServer": {"href": server, "title": grant.server_id},
            "client": {
                "href": f"{settings.BASE_URL}/oauth2/v1/clients/{grant.public_id}",
                "title": grant.client_name,
            },
            "scope": {"href": f"{server}/scopes/{grant.scope_id}", "title": grant.scope},
            "self": link(href(BASE, grant.user_id, "grants", grant.pk), "GET", "DELETE"),
            "user": {"href": href(BASE, grant.user_id), "title": grant.user_id},
        },
    }
    if expand:
        names = {"displayName": grant.display_name, "description": grant.description}
        found["_embedded"] = {"scope": {"id": grant.scope_id, "name": grant.scope, **names}}
    return found


def _listed(request: Request, **owners: str) -> HttpResponse:
    given = parameters(request, *PAGING, *FILTERS)
    rows = grants(**owners)
    if given.get("scopeId"):
        rows = rows.filter(Exact(F("scope_id"), given["scopeId"]))
    return listed(request, rows, PAGE, partial(shown, expand=_is_expanded(given)), *FILTERS)


def _is_expanded(given: dict[str, str]) -> bool:
    if given.get("expand", "scope") != "scope":
        raise invalid("expand", "must be scope")
    return "expand" in given


def grant_named(user_id: str, grant_id: str) -> Any:
    """The user's grant, or 404."""
    grant = grants(user_id=user_id).filter(pk=grant_id).first()
    if grant is None:
        raise missing(grant_id, KIND)
    return grant


class UserGrantsView(UserAddressView):
    """All grants of a user."""

    @documented(
        "listUserGrants",
        "List a user's grants",
        gives=GrantShape(many=True),
        parameters=LIST,
        tag="UserGrant",
    )
    def get(self, request: Request, user_id: str) -> HttpResponse:
        return _listed(request, user_id=user_named(request, user_id).pk)

    @documented(
        "revokeUserGrants",
        "Revoke all grants of a user, and the tokens that came of them",
        status=204,
        is_change=True,
        tag="UserGrant",
    )
    @transaction.atomic
    def delete(self, request: Request, user_id: str) -> HttpResponse:
        parameters(request)
        user = user_named(request, user_id)
        for client in _clients(Consent.objects.filter(user_id=user.pk)):
            withdraw_consent(actor=actor_of(request), user=user, client=client)
        return no_content()


def _clients(consents: QuerySet[Consent]) -> Iterable[Client]:
    """Those that have been allowed anything; in one order, so that two calls don't wait in a
    circle."""
    return Client.objects.filter(pk__in=consents.values("client_id")).order_by("pk")


class UserGrantView(UserAddressView):
    """One grant."""

    @documented(
        "getUserGrant", "Read a grant", gives=GrantShape, parameters=[EXPAND], tag="UserGrant"
    )
    def get(self, request: Request, user_id: str, grant_id: str) -> HttpResponse:
        expand = _is_expanded(parameters(request, "expand"))
        grant = grant_named(user_named(request, user_id).pk, grant_id)
        return answer(shown(grant, expand=expand))

    @documented(
        "revokeUserGrant",
        "Revoke a grant, and the tokens that carry its scope",
        status=204,
        is_change=True,
        tag="UserGrant",
    )
    def delete(self, request: Request, user_id: str, grant_id: str) -> HttpResponse:
        parameters(request)
        user = user_named(request, user_id)
        grant = grant_named(user.pk, grant_id)
        client = Client.objects.get(pk=grant.client_id)
        withdraw_scope(actor=actor_of(request), consent=grant, user=user, client=client)
        return no_content()


class UserClientGrantsView(UserAddressView):
    """What a user has allowed one client."""

    @documented(
        "listGrantsForUserAndClient",
        "List the grants of a user's client",
        gives=GrantShape(many=True),
        parameters=LIST,
        tag="UserGrant",
    )
    def get(self, request: Request, user_id: str, client_id: str) -> HttpResponse:
        user = user_named(request, user_id)
        return _listed(request, user_id=user.pk, client_id=client_named(client_id).pk)

    @documented(
        "revokeGrantsForUserAndClient",
        "Revoke the grants of a user's client, and all of its tokens for the user",
        status=204,
        is_change=True,
        tag="UserGrant",
    )
    def delete(self, request: Request, user_id: str, client_id: str) -> HttpResponse:
        parameters(request)
        user, client = user_named(request, user_id), client_named(client_id)
        withdraw_consent(actor=actor_of(request), user=user, client=client)
        return no_content()
