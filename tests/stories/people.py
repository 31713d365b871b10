"""A person with a browser, and an application that signs them in."""

from dataclasses import dataclass, field
from typing import Any

from django.test import Client as Browser

from apps.clients.models import Client
from apps.clients.services import assign_user
from apps.directory.models import User
from apps.policies.models import Rule
from apps.servers.models import AuthorizationServer
from apps.servers.services import set_resource_servers
from tests.factories import (
    PASSWORD,
    TESTER,
    make_client_and_secret,
    make_policy,
    make_rule,
    make_scope,
    make_server,
    make_user,
)
from tests.oauth import flow
from tests.stories.wire import App, introspect, service


@dataclass
class Visit:
    """A server with a protected API, an application of it, and a person in front of a browser."""

    server: AuthorizationServer
    client: Client
    secret: str
    user: User
    guard: App
    password: str = PASSWORD
    browser: Browser = field(default_factory=Browser)

    @property
    def world(self) -> flow.World:
        return flow.World(self.server, self.client, self.secret, self.user)

    def sign_in(self) -> None:
        """Through the sign-in page."""
        response = flow.sign_in(self.browser, self.user, self.password)
        assert response.status_code == 302, response.content

    def authorize(self, scope: str = "openid", **changes: Any) -> flow.Answer:
        """The application sends the browser to us."""
        return flow.authorize(self.browser, self.world, scope=scope, **changes)

    def exchange(self, code: str) -> Any:
        """The application redeems the code."""
        return flow.exchange(self.world, code)

    def tokens(self, scope: str = "openid") -> dict[str, Any]:
        """From the sign-in to the tokens."""
        self.sign_in()
        response = self.exchange(self.authorize(scope).code)
        assert response.status_code == 200, response.content
        return dict(response.json())

    def refresh(self, token: str, **form: str) -> Any:
        """The application uses a refresh token."""
        form |= {"grant_type": "refresh_token", "refresh_token": token}
        return flow.token_request(self.world, **form)

    def userinfo(self, token: str) -> Any:
        """The application asks who it is."""
        headers = {"authorization": f"Bearer {token}"}
        return Browser().get(flow.address(self.world, "userinfo"), headers=headers)

    def is_alive(self, token: str) -> bool:
        """What the protected API is told."""
        return bool(introspect(self.server, self.guard, token)["active"])


def visit(
    *scopes: str, is_assigned: bool = True, rule: dict[str, Any] | None = None, **server: Any
) -> Visit:
    """A server with these scopes and a rule for all, an application, and an assigned person."""
    made, guard = make_server(**server), service()
    for name in scopes:
        make_scope(made, name)
    set_resource_servers(actor=TESTER, server_id=made.pk, client_ids=[guard.client.pk])
    client, secret = make_client_and_secret()
    user = make_user()
    if rule is not None:
        make_rule(make_policy(made), **rule)
    if is_assigned:
        assign_user(actor=TESTER, client=client, user=user)
    return Visit(made, client, secret, user, guard)


def rule_of(server: AuthorizationServer) -> Rule:
    """The one rule of a server."""
    return Rule.objects.get(policy__server=server)
