"""One place where tests make objects, through the services that the product uses."""

from collections.abc import Sequence
from itertools import count
from typing import Any

from apps.clients.models import Client, TokenPolicy
from apps.clients.services import create_client, create_token_policy
from apps.directory.models import Group, User
from apps.directory.services import add_member, create_group, create_user
from apps.policies.models import Policy, Rule
from apps.policies.services import create_policy, create_rule
from apps.servers.models import AuthorizationServer, Claim, Scope
from apps.servers.services import create_claim, create_scope, create_server
from apps.systemlog.entries import Actor

TESTER = Actor("00uTester", alternate_id="tester@example.com", display_name="Tester")
PASSWORD = "correct horse battery"
REDIRECT_URI = "https://app.example.com/callback"
_numbers = count(1)


def make_server(server_id: str | None = None, **fields: Any) -> AuthorizationServer:
    """An authorization server; ES256, because its keys are made in no time."""
    number = next(_numbers)
    given = {
        "name": f"Server {number}",
        "audience": f"api://server-{number}",
        "signing_alg": "ES256",
    }
    return create_server(actor=TESTER, server_id=server_id, **given | fields)


def make_scope(server: AuthorizationServer, name: str, **fields: Any) -> Scope:
    """A scope of the server."""
    return create_scope(actor=TESTER, server_id=server.pk, name=name, **fields)


def make_claim(server: AuthorizationServer, name: str, value: str, **fields: Any) -> Claim:
    """A claim of access tokens, unless told otherwise."""
    given = {"claim_type": "RESOURCE", **fields}
    return create_claim(actor=TESTER, server_id=server.pk, name=name, value=value, **given)


def make_policy(server: AuthorizationServer, **fields: Any) -> Policy:
    """A policy for all clients, unless told otherwise; it has no rule yet."""
    given = {"name": f"Policy {next(_numbers)}", **fields}
    return create_policy(actor=TESTER, server_id=server.pk, **given)


def make_rule(
    policy: Policy,
    *,
    grants: Sequence[str] = ("authorization_code", "client_credentials"),
    groups: Sequence[str] = ("EVERYONE",),
    scopes: Sequence[str] = ("*",),
    **fields: Any,
) -> Rule:
    """A rule for these grant types, groups and scopes; `conditions` replaces all three."""
    conditions = [
        {"type": "grant_types", "include": list(grants)},
        {"type": "people", "include_groups": list(groups)},
        {"type": "scopes", "include": list(scopes)},
    ]
    given = {"name": f"Rule {next(_numbers)}", "conditions": conditions, **fields}
    return create_rule(actor=TESTER, server_id=policy.server_id, policy_id=policy.pk, **given)


def make_user(**fields: Any) -> User:
    """An ACTIVE user with a password, unless told otherwise."""
    number = next(_numbers)
    given = {
        "login": f"user{number}@example.com",
        "email": f"user{number}@example.com",
        "first_name": "Ada",
        "last_name": f"Number{number}",
        "password": PASSWORD,
    }
    return create_user(actor=TESTER, **(given | fields))


def make_superuser(**fields: Any) -> User:
    """An ACTIVE user who may change everything."""
    return make_user(is_superuser=True, **fields)


def make_group(*members: User, **fields: Any) -> Group:
    """A group with these members."""
    group = create_group(actor=TESTER, **({"name": f"Group {next(_numbers)}"} | fields))
    for user in members:
        add_member(actor=TESTER, group=group, user=user)
    return group


def make_client(type: str = "web", **fields: Any) -> Client:
    """A client that is good for its type."""
    return make_client_and_secret(type, **fields)[0]


def make_client_and_secret(type: str = "web", **fields: Any) -> tuple[Client, str]:
    """A client and its secret in clear; the secret is empty for a client without one."""
    given: dict[str, Any] = {"name": f"Client {next(_numbers)}"}
    if type in {"web", "native", "browser"}:
        given["grant_types"] = ["authorization_code", "refresh_token"]
        given["redirect_uris"] = [REDIRECT_URI]
    if type == "config" and "token_policy" not in fields:
        given["token_policy"] = make_token_policy()
    client, secret = create_client(actor=TESTER, type=type, **(given | fields))
    return client, secret or ""


def make_token_policy(**fields: Any) -> TokenPolicy:
    """A token policy that allows everything, unless told otherwise."""
    given = {"title": f"Token policy {next(_numbers)}", "allowed_scopes": ["*:**"]}
    return create_token_policy(actor=TESTER, **(given | fields))
