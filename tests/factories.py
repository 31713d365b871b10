"""One place where tests make objects, through the services that the product uses."""

from collections.abc import Sequence
from itertools import count
from typing import Any

from apps.policies.models import Policy, Rule
from apps.policies.services import create_policy, create_rule
from apps.servers.models import AuthorizationServer, Claim, Scope
from apps.servers.services import create_claim, create_scope, create_server
from apps.systemlog.entries import Actor

TESTER = Actor("00uTester", alternate_id="tester@example.com", display_name="Tester")
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
