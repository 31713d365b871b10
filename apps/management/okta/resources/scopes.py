"""Scopes of an authorization server."""

from typing import Any, Final

from django.db.models import Q
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from apps.management.okta.base import OktaView
from apps.management.okta.faults import missing
from apps.management.okta.filters import filtered
from apps.management.okta.paging import PAGING, Paging, listed
from apps.management.okta.parameters import parameters
from apps.management.okta.resources.servers import BASE, check_server
from apps.management.okta.schema import PAGES, documented, query
from apps.management.okta.shapes import READ_WRITE, Whole, href, link, read
from apps.management.respond import answer, no_content
from apps.management.serializers.fields import Flag, Text
from apps.management.views.base import actor_of
from apps.servers.models import Scope
from apps.servers.services import create_scope, delete_scope, update_scope

KIND: Final = "OAuth2Scope"
PAGE: Final = Paging(("name", "id"))
COLUMNS: Final = {
    "id": "id",
    "name": "name",
    "displayName": "display_name",
    "consent": "consent",
    "metadataPublish": "metadata_publish",
    "default": "is_default",
    "optional": "is_optional",
    "system": "is_system",
}


class ScopeShape(Whole):
    """A scope; a PUT is a full replacement, so what is left out has its default."""

    id = serializers.CharField(read_only=True)
    name = Text()
    displayName = Text(source="display_name", default="")  # noqa: N815 - the wire's names
    description = Text(default="")
    consent = serializers.ChoiceField(choices=Scope.Consent.choices, default=Scope.Consent.IMPLICIT)
    default = Flag(source="is_default", default=False)
    metadataPublish = serializers.ChoiceField(  # noqa: N815
        choices=Scope.Publish.choices, source="metadata_publish", default=Scope.Publish.NO_CLIENTS
    )
    optional = Flag(source="is_optional", default=False)
    system = serializers.BooleanField(read_only=True)
    _links = serializers.DictField(read_only=True)


def shown(scope: Scope) -> dict[str, Any]:
    """The scope as the wire has it."""
    return {
        "id": scope.pk,
        "name": scope.name,
        "displayName": scope.display_name,
        "description": scope.description,
        "consent": scope.consent,
        "default": scope.is_default,
        "metadataPublish": scope.metadata_publish,
        "optional": scope.is_optional,
        "system": scope.is_system,
        "apiResourceId": None,
        "_links": {"self": link(href(BASE, scope.server_id, "scopes", scope.pk), *READ_WRITE)},
    }


def scope_named(server_id: str, scope_id: str) -> Scope:
    """The scope of the server, or 404."""
    scope = Scope.objects.filter(
        pk=scope_id, server=server_id, server__is_organization=False
    ).first()
    if scope is None:
        check_server(server_id)
        raise missing(scope_id, KIND)
    return scope


class ScopesView(OktaView):
    """The list, and a new one."""

    shape = ScopeShape

    @documented(
        "listOAuth2Scopes",
        "List the scopes",
        gives=ScopeShape(many=True),
        parameters=[
            query("q", "In name, display name or description."),
            query("filter", 'Comparisons such as `consent eq "REQUIRED"`, joined by `and`.'),
            *PAGES,
        ],
    )
    def get(self, request: Request, server_id: str) -> HttpResponse:
        given = parameters(request, *PAGING, "q", "filter")
        check_server(server_id)
        found = Scope.objects.filter(server=server_id)
        if q := given.get("q"):
            texts = ("name", "display_name", "description")
            found = found.filter(_any(texts, q))
        if text := given.get("filter"):
            found = found.filter(filtered(text, COLUMNS))
        return listed(request, found, PAGE, shown, "q", "filter")

    @documented(
        "createOAuth2Scope", "Create a scope", takes=ScopeShape, gives=ScopeShape, status=201
    )
    def post(self, request: Request, server_id: str) -> HttpResponse:
        parameters(request)
        check_server(server_id)
        fields = read(ScopeShape, request)
        scope = create_scope(actor=actor_of(request), server_id=server_id, **fields)
        return answer(shown(scope), 201)


def _any(columns: tuple[str, ...], text: str) -> Q:
    found = Q()
    for column in columns:
        found |= Q(**{f"{column}__icontains": text})
    return found


class ScopeView(OktaView):
    """One scope."""

    shape = ScopeShape

    @documented("getOAuth2Scope", "Read a scope", gives=ScopeShape)
    def get(self, request: Request, server_id: str, scope_id: str) -> HttpResponse:
        parameters(request)
        return answer(shown(scope_named(server_id, scope_id)))

    @documented(
        "replaceOAuth2Scope", "Replace a scope", takes=ScopeShape, gives=ScopeShape, is_change=True
    )
    def put(self, request: Request, server_id: str, scope_id: str) -> HttpResponse:
        parameters(request)
        scope_named(server_id, scope_id)
        fields = read(ScopeShape, request)
        scope = update_scope(
            actor=actor_of(request), server_id=server_id, scope_id=scope_id, **fields
        )
        return answer(shown(scope))

    @documented("deleteOAuth2Scope", "Delete a scope", status=204, is_change=True)
    def delete(self, request: Request, server_id: str, scope_id: str) -> HttpResponse:
        parameters(request)
        scope_named(server_id, scope_id)
        delete_scope(actor=actor_of(request), server_id=server_id, scope_id=scope_id)
        return no_content()
