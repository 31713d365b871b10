"""The organisation that is used: few servers, clients and users, so that revocations hit what is
alive. Everything a token stands on follows from who it is for; so the plan knows, and not the
product."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from django.test import Client as Browser

from apps.clients.models import Client
from apps.clients.services import assign_group, assign_user
from apps.directory.models import Group, User
from apps.policies.models import Policy, Rule
from apps.servers.models import AuthorizationServer
from apps.servers.services import ensure_installation, set_resource_servers
from tests import factories
from tests.history.wire import basic

SERVERS, CLIENTS, USERS, GROUPS = 4, 8, 14, 3
SCOPE: Final = "orders:read"
ROTATION: Final = ({"rotation_type": "ROTATE", "leeway": 60}, {"rotation_type": "STATIC"})
REPLAYED: Final = {"rotation_type": "ROTATE", "leeway": 0}
COOKIE: Final = "session"


@dataclass(frozen=True, slots=True)
class Party:
    """A client with its credentials."""

    row: Client
    authorization: str
    policies: dict[str, tuple[Policy, Rule]]  # by server
    group: Group  # assigned to it
    may_replay: bool  # a used refresh token is no retry

    @property
    def id(self) -> str:
        return str(self.row.pk)


@dataclass(slots=True)
class Person:
    """A user, and their present browser session."""

    row: User
    is_direct: bool  # assigned themselves; the others are members of every group
    cookie: str = ""
    session: str = ""  # thing
    lock: Lock = field(default_factory=Lock)

    @property
    def id(self) -> str:
        return str(self.row.pk)


@dataclass(frozen=True, slots=True)
class World:
    """All of it; `watcher` is the protected API of every server."""

    servers: list[AuthorizationServer]
    parties: list[Party]
    people: list[Person]
    watcher: str

    def things_of_client(self, server: AuthorizationServer, party: Party) -> Iterator[str]:
        """What every token of a client on a server stands on, whoever's it is."""
        yield from ("installation", f"server:{server.pk}", f"client:{party.id}")

    def things_of_config(
        self, server: AuthorizationServer, party: Party, scopes: str
    ) -> Iterator[str]:
        """The policy and rule that decide, and the scopes."""
        policy, rule = party.policies[server.pk]
        yield from (f"policy:{policy.pk}", f"rule:{rule.pk}")
        named = (name for name in scopes.split())
        yield from (f"scope:{server.pk} {name}" for name in named)

    def things_of_user(self, party: Party, person: Person) -> Iterator[str]:
        """The user, and the path by which they are assigned."""
        yield from (f"user:{person.id}", f"password:{person.id}")
        if person.is_direct:
            yield f"assignment:{person.id} {party.id}"
        else:
            yield f"group:{party.group.pk} {party.id}"
            yield f"member:{person.id} {party.group.pk}"


def make_world() -> World:
    """Make it, through the services."""
    ensure_installation()
    servers = [
        factories.make_server(access_token_format="opaque" if n % 2 else "jwt")
        for n in range(SERVERS)
    ]
    for server in servers:
        factories.make_scope(server, SCOPE)
    people = [make_person(n) for n in range(USERS)]
    members = [person.row for person in people if not person.is_direct]
    groups = [factories.make_group(*members) for _ in range(GROUPS)]
    parties = [make_party(n, groups[n % GROUPS], people) for n in range(CLIENTS)]
    for server in servers:
        for half in (parties[::2], parties[1::2]):
            ids = [party.id for party in half]
            policy = factories.make_policy(server, clients=ids)
            rule = factories.make_rule(policy)
            for party in half:
                party.policies[server.pk] = policy, rule
    return World(servers, parties, people, make_watcher(servers))


def make_person(number: int) -> Person:
    """Every other one is assigned directly."""
    return Person(factories.make_user(), is_direct=number % 2 == 0)


def make_party(number: int, group: Group, people: list[Person]) -> Party:
    """A web client of everybody's."""
    rotation = REPLAYED if number % 4 == 3 else ROTATION[number % 2]
    grants = ["authorization_code", "refresh_token", "client_credentials"]
    row, secret = factories.make_client_and_secret("web", grant_types=grants, **rotation)
    assign_group(actor=factories.TESTER, client=row, group=group)
    for person in people:
        if person.is_direct:
            assign_user(actor=factories.TESTER, client=row, user=person.row)
    return Party(row, basic(row.client_id, secret), {}, group, rotation is REPLAYED)


def make_watcher(servers: list[AuthorizationServer]) -> str:
    """The credentials of the client that may introspect every access token (R4a)."""
    client, secret = factories.make_client_and_secret("service")
    for server in servers:
        set_resource_servers(actor=factories.TESTER, server_id=server.pk, client_ids=[client.pk])
    return basic(client.client_id, secret)


def sign_in(person: Person) -> None:
    """A fresh browser session, as the sign-in page makes it once the password is proved."""
    browser = Browser()
    browser.force_login(User.objects.get(pk=person.id))
    person.cookie = browser.cookies[COOKIE].value
    person.session = f"session:{browser.session['sid']}"
