"""Who owns a server or an application: groups, whose administrators may then change it. Ours; Okta
keeps that in resource sets.
"""

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from apps.clients.services import set_client_owners
from apps.directory.owners import Owned, ids_of_owners
from apps.management.okta.base import OktaView
from apps.management.okta.callers import ApiKey
from apps.management.okta.parameters import parameters
from apps.management.okta.resources import app_rows, servers
from apps.management.okta.schema import documented
from apps.management.okta.shapes import Shape, read
from apps.management.permissions import require_held
from apps.management.respond import answer
from apps.management.serializers.fields import TextList
from apps.management.views.base import actor_of
from apps.servers.services import set_server_owners


class OwnersShape(Shape):
    """The ids of the groups that own it."""

    owners = TextList()


class OwnersView(OktaView):
    """The owners of one object. An owner may see them; to set them takes a superuser, or a token
    that reaches all of the object (row 260)."""

    shape = OwnersShape

    def owned_object(self) -> None:
        """Nothing: what was given isn't handed on."""


class ServerOwnersView(OwnersView):
    """The owners of an authorization server."""

    @documented("listServerOwners", "List the groups that own a server", gives=OwnersShape)
    def get(self, request: Request, server_id: str) -> HttpResponse:
        parameters(request)
        return _shown(servers.server_named(server_id))

    @documented(
        "replaceServerOwners",
        "Set the groups that own a server",
        takes=OwnersShape,
        gives=OwnersShape,
        is_change=True,
    )
    def put(self, request: Request, server_id: str) -> HttpResponse:
        parameters(request)
        server = servers.server_named(server_id)
        _require_all(request, servers.BASE, server.pk)
        group_ids = read(OwnersShape, request)["owners"]
        set_server_owners(actor=actor_of(request), server_id=server.pk, group_ids=group_ids)
        return _shown(server)


class AppOwnersView(OwnersView):
    """The owners of an application."""

    @documented(
        "listApplicationOwners", "List the groups that own an application", gives=OwnersShape
    )
    def get(self, request: Request, app_id: str) -> HttpResponse:
        parameters(request)
        return _shown(app_rows.app_named(app_id))

    @documented(
        "replaceApplicationOwners",
        "Set the groups that own an application",
        takes=OwnersShape,
        gives=OwnersShape,
        is_change=True,
    )
    def put(self, request: Request, app_id: str) -> HttpResponse:
        parameters(request)
        app = app_rows.changeable(app_id)
        _require_all(request, app_rows.BASE, app.pk)
        group_ids = read(OwnersShape, request)["owners"]
        set_client_owners(actor=actor_of(request), client=app, group_ids=group_ids)
        return _shown(app)


def _require_all(request: Request, kind: str, pk: str) -> None:
    """A client's token must reach everything of what it gives away; a person is a superuser."""
    if not isinstance(request.auth, ApiKey):
        require_held(request, (f"*:api/v1/{kind}/{pk}/**",))


def _shown(owned: Owned) -> HttpResponse:
    body: dict[str, Any] = {"owners": ids_of_owners(owned)}
    return answer(body)
