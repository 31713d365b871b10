"""Configuration files as tests write them."""

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from django.conf import settings

from apps.clients.models import Client
from apps.directory.models import User
from apps.management.configuration import run
from apps.management.configuration.problems import ConfigurationError, Problem
from apps.servers.models import AuthorizationServer
from tests.oauth.flow import World

DEMO = Path(settings.ROOT) / "deploy" / "demo.yaml"
CALLBACK = "http://localhost:9000/callback"
PASSWORD = "correct horse battery"

SHOP = """
apiVersion: authzsite/v1
groups:
  - name: Engineering
users:
  - login: alice@example.com
    email: alice@example.com
    firstName: Alice
    lastName: Archer
    groups: [Engineering]
    password: {env: ALICE_PASSWORD}
clients:
  - clientId: demo-web
    type: web
    grantTypes: [authorization_code, refresh_token]
    redirectUris: ["http://localhost:9000/callback"]
    secret: {env: WEB_SECRET}
    assignments: {groups: [Engineering]}
authorizationServers:
  - id: orders
    name: Orders API
    audience: https://api.example.com/orders
    signingAlg: ES256
    scopes:
      - {name: "orders:read"}
      - {name: "orders:write"}
    policies:
      - name: Web
        clients: [demo-web]
        rules:
          - name: Engineers
            grantTypes: [authorization_code]
            people: {groups: [Engineering]}
            scopes: ["orders:read"]
          - name: Writers
            grantTypes: [authorization_code]
            people: {groups: [Engineering]}
            scopes: ["orders:read", "orders:write"]
"""
WEB_SECRET = "web-secret-web-secret"


def yaml(text: str) -> bytes:
    """A file of this text with the version on its first line."""
    return b"apiVersion: authzsite/v1\n" + dedent(text).lstrip("\n").encode()


def apply(text: str, *, prune: bool = False) -> run.Result:
    """Carry out a text without its version."""
    return run.apply(yaml(text), prune=prune)


def problems(data: bytes, *, prune: bool = False) -> list[str]:
    """Everything that is wrong with a file, as it is shown; nothing may have changed."""
    with pytest.raises(ConfigurationError) as caught:
        run.apply(data, prune=prune)
    return [str(problem) for problem in caught.value.problems]


def found(text: str) -> tuple[Problem, ...]:
    """The mistakes of a text without its version."""
    with pytest.raises(ConfigurationError) as caught:
        run.plan(yaml(text))
    return caught.value.problems


def world(server: str, client: str, user: str = "", secret: str = "") -> World:
    """What the code flow of `tests.oauth.flow` needs, out of objects with these names."""
    person = User.objects.get(login=user) if user else User()
    return World(
        AuthorizationServer.objects.get(pk=server),
        Client.objects.get(client_id=client),
        secret,
        person,
    )


def verbs(result: run.Result) -> list[tuple[str, str]]:
    """(verb, path) of every change."""
    return [(change.verb, change.item.path) for change in result.changes]


def members(result: run.Result) -> dict[str, Any]:
    """Member → (before, after) over all changes."""
    return {name: pair for change in result.changes for name, pair in change.fields.items()}
