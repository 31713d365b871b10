"""A server that grants, its clients, and users' tokens without a browser."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client as Browser

from apps.clients.models import Client, ClientSecret
from apps.clients.services import assign_user
from apps.directory.models import User
from apps.oauth import runtime
from apps.oauth.facts import access_request
from apps.servers.models import AuthorizationServer
from apps.systemlog.models import LogEvent
from apps.tokens.django_store import DjangoStore
from apps.tokens.drive import drive
from apps.tokens.models import AccessToken, Grant, RevokedToken, UsedAssertion
from apps.tokens.standing import dump_vector, stamp
from apps.tokens.store import Lookup
from authzsite.domain.policy import evaluate
from authzsite.domain.tokens import Kind, digest, mint
from tests.factories import (
    REDIRECT_URI,
    TESTER,
    make_client_and_secret,
    make_policy,
    make_rule,
    make_scope,
    make_server,
    make_user,
)
from tests.oauth.http import Auth, Response, introspect, token

ALL_SCOPES = "openid profile offline_access orders:read"


@dataclass
class World:
    """One server with one rule, a service client and a web client with an assigned user."""

    server: AuthorizationServer
    service: Client
    service_auth: tuple[str, str]
    web: Client
    web_auth: tuple[str, str]
    user: User

    @property
    def issuer(self) -> str:
        return runtime.issuer_of(self.server.pk)

    def code(self, scope: str = ALL_SCOPES) -> str:
        """A code of the web client's user."""
        return issue_code(self.server, self.web, self.user, scope)[0]

    def user_tokens(self, browser: Browser, scope: str = ALL_SCOPES) -> dict[str, Any]:
        """The answer to a code of the web client's user."""
        data = {"grant_type": "authorization_code", "redirect_uri": REDIRECT_URI}
        return answer(token(browser, self.server, self.web_auth, code=self.code(scope), **data))

    def refresh(self, browser: Browser, text: str, **data: str) -> Response:
        """The web client uses a refresh token."""
        data = {"grant_type": "refresh_token", "refresh_token": text} | data
        return token(browser, self.server, self.web_auth, **data)

    def service_token(self, browser: Browser) -> str:
        """An access token of the service client."""
        return str(answer(token(browser, self.server, self.service_auth))["access_token"])

    def is_active(self, browser: Browser, text: str, auth: Auth = None) -> bool:
        """What introspection says of a token: to the web client, unless told otherwise."""
        told = answer(introspect(browser, self.server, text, auth or self.web_auth))
        return bool(told["active"])


def answer(response: Response) -> dict[str, Any]:
    """The members of a good answer."""
    assert response.status_code == 200, response.content
    members: dict[str, Any] = json.loads(response.content)
    return members


def make_world(**server_fields: Any) -> World:
    """The world, with default scope `orders:read`."""
    server = make_server(**server_fields)
    make_scope(server, "orders:read", is_default=True)
    make_rule(make_policy(server))
    service, secret = make_client_and_secret("service")
    web, web_secret = make_client_and_secret("web", pkce_required=False)
    user = make_user()
    assign_user(actor=TESTER, client=web, user=user)
    return World(
        server, service, (service.client_id, secret), web, (web.client_id, web_secret), user
    )


def issue_code(
    server: AuthorizationServer, client: Client, user: User, scope: str = ALL_SCOPES, **fields: Any
) -> tuple[str, Grant]:
    """A code as /authorize would have issued it, decided by the policies, and its grant."""
    now = datetime.now(UTC)
    reading = drive(
        DjangoStore().read(server.pk, client.client_id, Lookup(user=user.pk, profile=True), now)
    )
    assert reading.server and reading.client
    snapshot = runtime.server_snapshot(reading.server)
    request = access_request(
        snapshot,
        runtime.client_snapshot(reading.client),
        reading,
        grant_type="authorization_code",
        requested=tuple(scope.split()),
        now=now,
    )
    decision = evaluate(snapshot.book, request)
    vector = stamp(reading, snapshot, decision.config_epochs)
    assert decision.is_allowed and decision.lifetimes and vector, decision
    times, code = decision.lifetimes, mint(Kind.CODE)
    given: dict[str, Any] = {
        "server_id": server.pk,
        "client_id": client.pk,
        "user_id": user.pk,
        "policy_id": decision.policy_id,
        "rule_id": decision.rule_id,
        "scopes": " ".join(decision.scopes),
        "vector": dump_vector(vector),
        "lifetimes": f"{times.access_seconds} {times.refresh_seconds} {times.idle_seconds}",
        "auth_time": now,
        "created": now,
        "code_digest": digest(Kind.CODE, code),
        "code_expires_at": now + timedelta(seconds=60),
        "redirect_uri": REDIRECT_URI,
        "sweep_after": now + timedelta(days=1),
    }
    return code, Grant.objects.create(**given | fields)


def stored() -> list[Any]:
    """Every row that a protocol request could change or write (G2, G5)."""
    models = (Grant, AccessToken, RevokedToken, UsedAssertion, LogEvent, ClientSecret)
    return [list(model.objects.order_by("pk").values()) for model in models]
