"""What a group owns, and changes of it through both doors: the API and the console."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from apps.clients.models import Client, GroupAssignment
from apps.clients.services import set_client_owners
from apps.directory.models import Group
from apps.policies.models import Policy, Rule
from apps.servers.models import AuthorizationServer, Claim, Scope, SigningKey
from apps.servers.services import set_server_owners
from apps.systemlog.models import RevocationJob
from tests.factories import (
    TESTER,
    make_claim,
    make_client,
    make_group,
    make_policy,
    make_rule,
    make_scope,
    make_server,
)

Shot = Callable[["Estate"], Any]


@dataclass
class Estate:
    """A server and a client with all that belongs to them; the group owns them, or nothing."""

    group: Group
    server: AuthorizationServer
    scope: Scope
    claim: Claim
    policy: Policy
    rule: Rule
    app: Client


def estate(group: Group | None) -> Estate:
    server, app = make_server(), make_client("web")
    policy = make_policy(server)
    made = Estate(
        group or make_group(),
        server,
        make_scope(server, "orders:read"),
        make_claim(server, "dept", "appuser.department"),
        policy,
        make_rule(policy),
        app,
    )
    if group is not None:
        set_server_owners(actor=TESTER, server_id=server.pk, group_ids=[group.pk])
        set_client_owners(actor=TESTER, client=app, group_ids=[group.pk])
    return made


@dataclass(frozen=True)
class Change:
    """The same change through both doors, and what tells whether it was made. Paths and forms are
    filled in with the ids of the estate."""

    name: str
    api: tuple[str, str, Any]
    console: tuple[str, dict[str, str]]
    state: Shot
    for_owners: bool = True


YES = {"confirmed": "1"}
SERVER, APP = "authorizationServers/{server}", "apps/{app}"
CONSOLE_SERVER = "servers/authorizationserver/{server}"
CHANGES = (
    Change(
        "deactivate the server",
        ("POST", f"{SERVER}/lifecycle/deactivate", None),
        (f"{CONSOLE_SERVER}/deactivate/", YES),
        lambda e: AuthorizationServer.objects.get(pk=e.server.pk).status,
    ),
    Change(
        "delete the server",
        ("DELETE", SERVER, None),
        (f"{CONSOLE_SERVER}/delete/", {"post": "yes"}),
        lambda e: AuthorizationServer.objects.filter(pk=e.server.pk).exists(),
    ),
    Change(
        "rotate the server's keys",
        ("POST", f"{SERVER}/credentials/lifecycle/keyRotate", {"use": "sig"}),
        (f"{CONSOLE_SERVER}/keys/", {"verb": "rotate"}),
        lambda e: set(SigningKey.objects.filter(server=e.server).values_list("kid", "state")),
    ),
    Change(
        "add a scope",
        ("POST", f"{SERVER}/scopes", {"name": "new"}),
        (
            "servers/scope/add/?server={server}",
            {"name": "new", "consent": "IMPLICIT", "metadata_publish": "NO_CLIENTS"},
        ),
        lambda e: Scope.objects.filter(server=e.server).count(),
    ),
    Change(
        "delete a scope",
        ("DELETE", f"{SERVER}/scopes/{{scope}}", None),
        ("servers/scope/{scope}/delete/", {"post": "yes"}),
        lambda e: Scope.objects.filter(pk=e.scope.pk).exists(),
    ),
    Change(
        "delete a claim",
        ("DELETE", f"{SERVER}/claims/{{claim}}", None),
        ("servers/claim/{claim}/delete/", {"post": "yes"}),
        lambda e: Claim.objects.filter(pk=e.claim.pk).exists(),
    ),
    Change(
        "deactivate a policy",
        ("POST", f"{SERVER}/policies/{{policy}}/lifecycle/deactivate", None),
        ("policies/policy/{policy}/deactivate/", YES),
        lambda e: Policy.objects.get(pk=e.policy.pk).status,
    ),
    Change(
        "delete a rule",
        ("DELETE", f"{SERVER}/policies/{{policy}}/rules/{{rule}}", None),
        ("policies/rule/{rule}/delete/", {"post": "yes"}),
        lambda e: Rule.objects.filter(pk=e.rule.pk).exists(),
    ),
    Change(
        "deactivate the client",
        ("POST", f"{APP}/lifecycle/deactivate", None),
        ("clients/client/{app}/deactivate/", YES),
        lambda e: Client.objects.get(pk=e.app.pk).status,
    ),
    Change(
        "make a secret",
        ("POST", f"{APP}/credentials/secrets", None),
        ("clients/client/{app}/secrets/", {"form": "create"}),
        lambda e: e.app.secrets.count(),
    ),
    Change(
        "assign a group",
        ("PUT", f"{APP}/groups/{{group}}", {}),
        ("clients/client/{app}/assignments/", {"form": "group", "group": "{group}"}),
        lambda e: GroupAssignment.objects.filter(client=e.app).count(),
    ),
    Change(
        "revoke the client's tokens",
        ("DELETE", f"{APP}/tokens", None),
        ("tokens/grant/revoke/", {"client": "{app}", **YES}),
        lambda e: RevocationJob.objects.count(),
    ),
    Change(
        "say who owns the server",
        ("PUT", f"{SERVER}/owners", {"owners": []}),
        (f"{CONSOLE_SERVER}/change/", {"owners": ""}),
        lambda e: sorted(e.server.owners.values_list("pk", flat=True)),
        for_owners=False,
    ),
    Change(
        "say who owns the client",
        ("PUT", f"{APP}/owners", {"owners": []}),
        ("clients/client/{app}/change/", {"owners": ""}),
        lambda e: sorted(e.app.owners.values_list("pk", flat=True)),
        for_owners=False,
    ),
)
