"""Refresh tokens as administrators see them: below a server and its clients, below
an application, below a user.

The record of a refresh token is its grant; its value is never known here. Only what is alive is
shown: after a revocation the next call doesn't find it.
"""

from collections.abc import Iterable
from functools import partial
from typing import Any, Final

from django.conf import settings
from django.db.models import Model, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Concat
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from apps.clients.models import Client
from apps.directory.models import User
from apps.management.dry_run import body_of
from apps.management.okta.faults import invalid, missing
from apps.management.okta.paging import PAGING, Paging, listed
from apps.management.okta.parameters import parameters
from apps.management.okta.schema import PAGES, query
from apps.management.okta.shapes import Moment, Shape, href, link
from apps.management.respond import answer, no_content
from apps.servers.models import AuthorizationServer, Scope
from apps.systemlog.entries import Actor
from apps.systemlog.render import in_milliseconds
from apps.tokens import clock
from apps.tokens.administration import revoke_grant
from apps.tokens.blast import Count, Sample, Share
from apps.tokens.criteria import Criteria
from apps.tokens.cutoffs import revoke_matching
from apps.tokens.models import Grant
from apps.tokens.selectors import live_refresh_tokens, live_tokens

KIND: Final = "OAuth2RefreshTokenTx"
PAGE: Final = Paging(("id",), default=20)
EXPAND: Final = "expand"
LIST_PARAMETERS: Final = (query(EXPAND, "`scope`: with each token's scopes."), *PAGES)
READ_PARAMETERS: Final = LIST_PARAMETERS[:1]


class RefreshTokenShape(Shape):
    """The record of a refresh token. Its id isn't the token's value."""

    id = serializers.CharField(read_only=True)
    status = serializers.ChoiceField(choices=("ACTIVE", "REVOKED"), read_only=True)
    created = Moment(read_only=True)
    lastUpdated = Moment(read_only=True)  # noqa: N815 - the wire's names
    expiresAt = Moment(read_only=True)  # noqa: N815
    issuer = serializers.CharField(read_only=True)
    clientId = serializers.CharField(read_only=True)  # noqa: N815
    userId = serializers.CharField(read_only=True)  # noqa: N815
    scopes = serializers.ListField(child=serializers.CharField(), read_only=True)
    _embedded = serializers.DictField(read_only=True, required=False)
    _links = serializers.DictField(read_only=True)


def living(**owners: str) -> QuerySet[Grant]:
    """The living refresh tokens of these owners (`server_id`, `client_id`: the client's row id,
    `user_id`), with their names."""
    found = live_refresh_tokens(clock.now()).filter(**owners)
    return found.annotate(
        server_name=_one(AuthorizationServer, "server_id", "name"),
        client_name=_one(Client, "client_id", "name"),
        public_id=_one(Client, "client_id", "client_id"),
        user_name=_one(User, "user_id", Concat("first_name", Value(" "), "last_name")),
    )


def _one(model: type[Model], column: str, value: Any) -> Subquery:
    found = model._default_manager.filter(pk=OuterRef(column))
    return Subquery(found.values_list(value, flat=True)[:1])


def record_of(grant: Any, *, expand: bool, at: str = "") -> dict[str, Any]:
    """The record of a grant that `living` has read; for `expand` after `with_scopes`. `at`: the
    address of the list that it is read from, by default that of its server and client."""
    server = href("authorizationServers", grant.server_id)
    client = grant.public_id or grant.client_id
    found = {
        "id": grant.pk,
        "status": "ACTIVE" if grant.revoked_at is None else "REVOKED",
        "created": in_milliseconds(grant.created),
        "lastUpdated": in_milliseconds(grant.rotated_at or grant.last_used_at or grant.created),
        "expiresAt": in_milliseconds(grant.idle_expires_at),  # never after the absolute end
        "issuer": f"{settings.BASE_URL}/oauth2/{grant.server_id}",
        "clientId": client,
        "userId": grant.user_id,
        "scopes": grant.scopes.split(),
        "_links": _links(grant, at or f"{server}/clients/{client}/tokens", server, client),
    }
    if expand:
        found["_embedded"] = {"scopes": [_scope(one, server) for one in grant.scope_rows]}
    return found


def _links(grant: Any, at: str, server: str, client: str) -> dict[str, Any]:
    own = f"{at}/{grant.pk}"
    return {
        "app": _titled(href("apps", grant.client_id), grant.client_name),
        "self": link(own, "GET", "DELETE"),
        "revoke": link(own, "DELETE"),
        "client": _titled(f"{settings.BASE_URL}/oauth2/v1/clients/{client}", grant.client_name),
        "user": _titled(href("users", grant.user_id), grant.user_name),
        "authorizationServer": _titled(server, grant.server_name),
    }


def _titled(address: str, title: str | None) -> dict[str, Any]:
    return {"href": address, "title": title or ""}


def _scope(scope: Scope, server: str) -> dict[str, Any]:
    return {
        "id": scope.pk,
        "name": scope.name,
        "displayName": scope.display_name,
        "description": scope.description,
        "_links": {"scope": _titled(f"{server}/scopes/{scope.pk}", scope.name)},
    }


def with_scopes(grants: Iterable[Any]) -> None:
    """Look up the scopes of the grants, in one statement, as `scope_rows`."""
    grants = list(grants)
    names = {name for grant in grants for name in grant.scopes.split()}
    servers = {grant.server_id for grant in grants}
    rows = Scope.objects.filter(server__in=servers, name__in=names)
    found = {(row.server_id, row.name): row for row in rows}
    for grant in grants:
        wanted = [(grant.server_id, name) for name in grant.scopes.split()]
        grant.scope_rows = [found[one] for one in wanted if one in found]


def list_records(request: Request, at: str = "", **owners: str) -> HttpResponse:
    """One page of the living tokens of these owners."""
    expand = is_expanded(request, *PAGING)
    show = partial(record_of, expand=expand, at=at)
    prepare = with_scopes if expand else None
    return listed(request, living(**owners), PAGE, show, EXPAND, prepare=prepare)


def read_record(request: Request, token_id: str, at: str = "", **owners: str) -> HttpResponse:
    """One living token; 404 when there is none of these owners."""
    expand, grant = is_expanded(request), token_named(token_id, **owners)
    if expand:
        with_scopes([grant])
    return answer(record_of(grant, expand=expand, at=at))


def is_expanded(request: Request, *others: str) -> bool:
    """Whether the call says `expand=scope`."""
    given = parameters(request, EXPAND, *others).get(EXPAND, "")
    if given not in {"", "scope"}:
        raise invalid(EXPAND, "must be scope")
    return bool(given)


def token_named(token_id: str, **owners: str) -> Any:
    """The living token with its names, or 404 with the id as Okta shows it."""
    grant = living(**owners).filter(pk=token_id).first()
    if grant is None:
        shown = f"{owners['client_id']}.{token_id}" if "client_id" in owners else token_id
        raise missing(shown, KIND)
    return grant


def revoke_record(actor: Actor, token_id: str, **owners: str) -> HttpResponse:
    """End one refresh token with the access tokens issued with it (R18); 404 when it isn't
    alive."""
    revoke_grant(actor=actor, grant_id=token_named(token_id, **owners).pk)
    return no_content()


def preview_record(token_id: str, **owners: str) -> HttpResponse:
    """What `revoke_record` would end: for a view's `preview`, since one token has no job."""
    grant = token_named(token_id, **owners)
    tokens = live_tokens(clock.now()).filter(grant_id=grant.pk).count()
    user, client = grant.user_name or grant.user_id, grant.client_name or grant.client_id
    whose = (grant.user_id, user, grant.client_id, client)
    one = Sample(True, grant.pk, *whose, tuple(grant.scopes.split()), grant.created)
    count = Count(
        grants=1,
        tokens=tokens,
        users=1,
        clients=1,
        by_user=(Share(grant.user_id, user, 1, tokens),),
        by_client=(Share(grant.client_id, client, 1, tokens),),
        sample=(one,),
    )
    return answer(body_of(count))


def revoke_records(actor: Actor, criteria: Criteria) -> HttpResponse:
    """End all that these owners hold, at once, however much it is (R18): their access tokens, too.
    Its job tells a dry run what that is."""
    revoke_matching(actor=actor, criteria=criteria)
    return no_content()
