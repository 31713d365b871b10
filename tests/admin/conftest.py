"""A small organisation, and people of each kind who look at it in the console."""

import base64
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest
from django.test import Client as Browser

from apps.clients.models import Client
from apps.clients.services import assign_group
from apps.directory.models import Group, User
from apps.policies.models import Policy, Rule
from apps.servers.models import AuthorizationServer, Scope
from apps.systemlog.models import LogEvent
from tests.factories import (
    TESTER,
    make_client,
    make_client_and_secret,
    make_group,
    make_policy,
    make_rule,
    make_scope,
    make_server,
    make_superuser,
    make_user,
)


@dataclass(frozen=True, slots=True)
class World:
    """One of each."""

    server: AuthorizationServer
    scope: Scope
    policy: Policy
    rule: Rule
    service: Client
    secret: str
    web: Client
    group: Group
    user: User


@pytest.fixture
def superuser(db: None) -> User:
    """May change everything."""
    return make_superuser(login="root@example.com")


@pytest.fixture
def world(superuser: User) -> World:
    """A server with a scope, a policy and a rule; two clients; a user in an assigned group."""
    server = make_server("orders", name="Orders API")
    scope = make_scope(server, "orders:read")
    service, secret = make_client_and_secret("service", name="Warehouse")
    web = make_client("web", name="Shop")
    user = make_user(login="ada@example.com")
    group = make_group(user, name="Engineering")
    assign_group(actor=TESTER, client=web, group=group)
    policy = make_policy(server, name="All", clients=[service.pk, web.pk])
    rule = make_rule(policy, name="Read", groups=[group.pk], scopes=["orders:read"])
    return World(server, scope, policy, rule, service, secret, web, group, user)


@pytest.fixture
def root(superuser: User) -> Browser:
    """Signed in as superuser."""
    return signed_in(superuser)


@pytest.fixture
def auditor(db: None) -> Browser:
    """Signed in as staff who may only look."""
    return signed_in(make_user(login="auditor@example.com", is_staff=True))


def signed_in(user: User) -> Browser:
    """A browser with the user's session."""
    browser = Browser()
    browser.force_login(user)
    return browser


def ask_for_token(world: World, scope: str) -> str:
    """Ask as the service; returns the reference of the answer."""
    credentials = base64.b64encode(f"{world.service.client_id}:{world.secret}".encode()).decode()
    response = Browser().post(
        f"/oauth2/{world.server.pk}/v1/token",
        urlencode({"grant_type": "client_credentials", "scope": scope}),
        content_type="application/x-www-form-urlencoded",
        HTTP_AUTHORIZATION=f"Basic {credentials}",
    )
    return response.headers["X-Request-Reference"]


def denial(world: World, scope: str = "orders:read openid") -> LogEvent:
    """The event of a refused request."""
    return LogEvent.objects.get(reference=ask_for_token(world, scope), outcome="FAILURE")
