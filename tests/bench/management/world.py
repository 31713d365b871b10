"""1,000 servers, 50,000 clients and their people on PostgreSQL. One server and one client are
whole; the crowd is copied in as rows, which is all that a list sees of it.
"""

from dataclasses import dataclass
from typing import Any, Final

from apps.clients.models import Client, ClientSecret, GroupAssignment, UserAssignment
from apps.directory.models import Group, GroupMembership, User
from apps.management.api_tokens.services import create_api_token
from apps.servers.models import AuthorizationServer, Scope, SigningKey
from tests import factories
from tests.factories import TESTER

PEOPLE: Final = 5000
MANY: Final = 500
BATCH: Final = 5000


@dataclass(frozen=True, slots=True)
class World:
    """What the calls name."""

    server: str
    scope: str
    policy: str
    rule: str
    app: str
    client_id: str
    user: str
    group: str

    def calls(self) -> dict[str, str]:
        """Title → path of every list and read call that is measured."""
        server, app = f"/api/v1/authorizationServers/{self.server}", f"/api/v1/apps/{self.app}"
        policy = f"{server}/policies/{self.policy}"
        user, group = f"/api/v1/users/{self.user}", f"/api/v1/groups/{self.group}"
        return {
            "servers, a page of 200": "/api/v1/authorizationServers",
            "servers, by a word": "/api/v1/authorizationServers?q=Crowd+77",
            "a server": server,
            "its scopes (500), 200 a page": f"{server}/scopes",
            "a scope": f"{server}/scopes/{self.scope}",
            "its claims": f"{server}/claims",
            "its keys": f"{server}/credentials/keys",
            "its policies": f"{server}/policies",
            "its rules": f"{policy}/rules",
            "a rule": f"{policy}/rules/{self.rule}",
            "its clients with tokens": f"{server}/clients",
            "apps, a page of 20": "/api/v1/apps",
            "apps, a page of 200": "/api/v1/apps?limit=200",
            "apps, by a word": "/api/v1/apps?q=Crowd+4242",
            "an app": app,
            "its users (500), a page of 50": f"{app}/users",
            "its groups (500), a page of 20": f"{app}/groups",
            "its secrets": f"{app}/credentials/secrets",
            "its tokens": f"{app}/tokens",
            "registrations, a page of 20": "/oauth2/v1/clients",
            "a registration": f"/oauth2/v1/clients/{self.client_id}",
            "users (5,000), 200 a page": "/api/v1/users",
            "a user": user,
            "a user's groups": f"{user}/groups",
            "groups (500), 200 a page": "/api/v1/groups?limit=200",
            "a group": group,
            "its members (5,000), 200 a page": f"{group}/users?limit=200",
            "the log, newest first": "/api/v1/logs?limit=100&sortOrder=DESCENDING",
        }


def make_world(servers: int, clients: int) -> World:
    """The crowd, and what is read of it one by one."""
    server, app = factories.make_server(), factories.make_client()
    rule = factories.make_rule(factories.make_policy(server))
    _servers(servers)
    _clients(clients)
    Scope.objects.bulk_create(Scope(server=server, name=f"s{n}") for n in range(MANY))
    group, user = _people(app)
    scope = Scope.objects.filter(server=server).latest("pk").pk
    return World(
        server.pk, scope, rule.policy_id, rule.pk, app.pk, app.client_id, user.pk, group.pk
    )


def _servers(count: int) -> None:
    made = AuthorizationServer.objects.bulk_create(
        AuthorizationServer(name=f"Crowd {n}", audience=f"api://crowd-{n}") for n in range(count)
    )
    fields: dict[str, Any] = {"alg": "RS256", "state": "CURRENT", "public_jwk": {"kty": "RSA"}}
    SigningKey.objects.bulk_create(
        SigningKey(kid=f"crowd-{n}", server=one, activated_at=one.created, **fields)
        for n, one in enumerate(made)
    )


def _clients(count: int) -> None:
    made = Client.objects.bulk_create(
        (
            Client(
                client_id=f"crowd-{n}",
                name=f"Crowd {n}",
                type="service",
                grant_types=["client_credentials"],
            )
            for n in range(count)
        ),
        batch_size=BATCH,
    )
    ClientSecret.objects.bulk_create(
        (ClientSecret(client=one, digest=one.client_id, last_four="0000") for one in made),
        batch_size=BATCH,
    )


def _people(app: Client) -> tuple[Group, User]:
    users = User.objects.bulk_create(
        User(login=f"p{n}@example.com", email=f"p{n}@example.com", first_name="P", last_name=str(n))
        for n in range(PEOPLE)
    )
    groups = Group.objects.bulk_create(Group(name=f"Group of {n}") for n in range(MANY))
    GroupMembership.objects.bulk_create(GroupMembership(group=groups[0], user=one) for one in users)
    UserAssignment.objects.bulk_create(UserAssignment(client=app, user=u) for u in users[:MANY])
    GroupAssignment.objects.bulk_create(GroupAssignment(client=app, group=g) for g in groups)
    return groups[0], users[0]


def credentials(count: int) -> list[str]:
    """API tokens of one superuser: each has an allowance of its own."""
    owner = factories.make_superuser()
    return [create_api_token(actor=TESTER, owner=owner, name=f"bench {n}")[1] for n in range(count)]
