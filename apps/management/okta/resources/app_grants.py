"""`/api/v1/apps/{id}/grants`: which scopes of the management API a client may get.

They are the `okta.*` names among the allowed scopes of a configuration client's token policy, so
long as it is of that client alone: what several clients share is changed where it is. No other
client has any.
"""

from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from apps.clients.models import Client, TokenPolicy
from apps.clients.services import ensure_manageable_after, update_token_policy
from apps.directory.rows import lock
from apps.management.okta.base import OktaView
from apps.management.okta.callers import ApiKey
from apps.management.okta.faults import Fault, invalid, missing
from apps.management.okta.parameters import parameters
from apps.management.okta.resources.app_rows import BASE, app_named
from apps.management.okta.schema import documented
from apps.management.okta.shapes import Moment, Shape, href, link, read
from apps.management.permissions import require_held
from apps.management.respond import answer, no_content
from apps.management.serializers.fields import Text
from apps.management.views.base import actor_of
from apps.systemlog.render import in_milliseconds
from authzsite.domain.api_scopes import okta_scopes
from authzsite.domain.tokens import digest

KIND: Final = "OAuth2ScopeConsentGrant"
NO_CLIENT: Final = "is no configuration client, and only those get scopes of the management API"
SHARED: Final = "its token policy is of other clients, too: change it there"


class ScopeGrantShape(Shape):
    """A scope that a client may get."""

    id = serializers.CharField(read_only=True)
    status = serializers.ChoiceField(choices=("ACTIVE", "REVOKED"), read_only=True)
    created = Moment(read_only=True)
    lastUpdated = Moment(read_only=True)  # noqa: N815 - the wire's names
    issuer = Text(help_text="Of the organisation's own server.")
    clientId = serializers.CharField(read_only=True)  # noqa: N815
    scopeId = Text()  # noqa: N815
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


def own_policy(request: Request, app_id: str) -> TokenPolicy:
    """The policy of this client alone, whose scopes the caller may give and take (row 260); 404 for
    no client, 403 for another kind of them, 409 for a policy of several."""
    app = app_named(app_id)
    policy = app.token_policy
    if app.type != Client.Type.CONFIG or policy is None:
        raise Fault(403, "E0000006", causes=(f"{app.name}: {NO_CLIENT}",), reason="no_scopes")
    if not isinstance(request.auth, ApiKey):
        require_held(request, policy.allowed_scopes)
    if policy.clients.exclude(pk=app.pk).exists():
        raise Fault(409, "E0000195", causes=(f"{app.name}: {SHARED}",), reason="shared_policy")
    return policy


class GrantsView(OktaView):
    """The list, and a new one."""

    shape = ScopeGrantShape

    @documented(
        "listScopeConsentGrants",
        "List the scopes of the management API that a client may get",
        gives=ScopeGrantShape(many=True),
    )
    def get(self, request: Request, app_id: str) -> HttpResponse:
        parameters(request)
        return answer(grants_of(app_id))

    @documented(
        "grantConsentToScope",
        "Let a client get a scope of the management API",
        takes=ScopeGrantShape,
        gives=ScopeGrantShape,
        status=201,
        is_change=True,
    )
    def post(self, request: Request, app_id: str) -> HttpResponse:
        parameters(request)
        policy = own_policy(request, app_id)
        scope = _scope_of(read(ScopeGrantShape, request))
        if not isinstance(request.auth, ApiKey):
            require_held(request, (scope,))
        _change(request, policy, lambda scopes: list(dict.fromkeys([*scopes, scope])))
        return answer(next(one for one in grants_of(app_id) if one["scopeId"] == scope), 201)


def _change(
    request: Request, policy: TokenPolicy, changed: Callable[[list[str]], list[str]]
) -> None:
    """The policy with other scopes. Guard and row are locked as the service does it, and before the
    scopes are read."""
    with transaction.atomic(), ensure_manageable_after(field="allowed_scopes"):
        scopes = changed(lock(policy).allowed_scopes)
        update_token_policy(actor=actor_of(request), policy=policy, allowed_scopes=scopes)


def _scope_of(body: dict[str, Any]) -> str:
    if body["issuer"] != settings.BASE_URL:
        raise invalid("issuer", f"issuer: must be {settings.BASE_URL}")
    if body["scopeId"] not in okta_scopes():
        raise invalid("scopeId", "scopeId: is no scope of the management API")
    return str(body["scopeId"])


class GrantView(OktaView):
    """One of them."""

    shape = ScopeGrantShape

    def locked_row(self) -> None:
        """Nothing: a grant is there or it isn't, so no change of it can be lost."""

    @documented("getScopeConsentGrant", "Read one such scope", gives=ScopeGrantShape)
    def get(self, request: Request, app_id: str, grant_id: str) -> HttpResponse:
        parameters(request)
        return answer(_grant_named(app_id, grant_id))

    @documented(
        "revokeScopeConsentGrant",
        "Don't let a client get such a scope any more",
        status=204,
        is_change=True,
    )
    def delete(self, request: Request, app_id: str, grant_id: str) -> HttpResponse:
        parameters(request)
        gone = _grant_named(app_id, grant_id)["scopeId"]
        policy = own_policy(request, app_id)
        _change(request, policy, lambda scopes: [scope for scope in scopes if scope != gone])
        return no_content()


def _grant_named(app_id: str, grant_id: str) -> dict[str, Any]:
    for found in grants_of(app_id):
        if found["id"] == grant_id:
            return found
    raise missing(grant_id, KIND)
