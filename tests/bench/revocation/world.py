"""200,000 users, 200 clients, 20 servers and 1,000,000 live refresh tokens on PostgreSQL.

Configuration is made by the services; users, members and grants are copied in, with the same
vectors that the token path would have stamped. A few grants have real refresh tokens: the probes.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from apps.clients.models import Client, GroupAssignment
from apps.clients.services import assign_group
from apps.directory.models import Group, GroupMembership, User
from apps.policies.models import Rule
from apps.servers.models import AuthorizationServer, Installation
from apps.servers.services import set_resource_servers
from apps.tokens.standing import dump_vector
from authzsite.domain.revocation import Vector
from authzsite.domain.tokens import Kind, digest, mint_refresh, new_family_key
from tests import factories
from tests.bench.rows import copy_rows, settle

LETTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
PROBES: Final = 40  # living tokens that are asked for, of each kind of revocation
SCOPES: Final = "openid offline_access orders:read"
LIFETIMES: Final = "3600 0 604800"


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything; `share` of the tokens belong to the one big client."""

    tokens: int = 1_000_000
    users: int = 200_000
    clients: int = 200
    servers: int = 20
    members: int = 50_000

    @classmethod
    def of(cls, tokens: int) -> "Size":
        """In the proportions of a million."""
        share = min(1.0, tokens / 1_000_000)
        clients, servers = max(6, int(200 * share)), max(4, int(20 * share))
        return cls(tokens, int(200_000 * share), clients, servers, int(50_000 * share))


@dataclass
class World:
    """What the scenarios need to know."""

    size: Size
    servers: list[AuthorizationServer]
    rules: dict[str, Rule]
    clients: list[Client]
    big: Client
    of_group: Client
    group: Group
    watcher: tuple[str, str]
    service: tuple[str, str]
    users: list[str] = field(default_factory=list)
    probes: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # (server, token)
    scope_epochs: dict[str, int] = field(default_factory=dict)


def make_world(size: Size) -> World:
    """Everything, in a minute or two."""
    world = _configuration(size)
    world.users = _users(size.users)
    _members(world)
    copy_rows(_grants(world), "tokens_grant")
    world.probes["rest"] = [world.probes["user"].pop() for _ in range(PROBES // 4)]
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("RESET statement_timeout")
    return world


def _configuration(size: Size) -> World:
    installation_watcher, watcher_secret = factories.make_client_and_secret("service")
    service, service_secret = factories.make_client_and_secret("service")
    servers, rules, epochs = [], {}, {}
    for _ in range(size.servers):
        server = factories.make_server()
        epochs[server.pk] = factories.make_scope(server, "orders:read").epoch
        rules[server.pk] = factories.make_rule(factories.make_policy(server))
        set_resource_servers(
            actor=factories.TESTER, server_id=server.pk, client_ids=[installation_watcher.pk]
        )
        servers.append(server)
    clients = [factories.make_client() for _ in range(size.clients)]
    everyone = Group.objects.get(type=Group.Type.BUILT_IN)
    group = factories.make_group()
    for client in clients:
        members = group if client is clients[1] else everyone
        assign_group(actor=factories.TESTER, client=client, group=members)
    return World(
        size,
        servers,
        rules,
        clients,
        clients[0],
        clients[1],
        group,
        (installation_watcher.client_id, watcher_secret),
        (service.client_id, service_secret),
        scope_epochs=epochs,
    )


def _users(count: int) -> list[str]:
    pattern = factories.make_user()
    fields = {
        f.attname: getattr(pattern, f.attname)
        for f in User._meta.concrete_fields
        if f.attname not in {"id", "login", "email"}
    }
    ids = list(_ids("00u", count))
    for start in range(0, count, 5000):
        rows = (
            User(id=ident, login=f"{ident}@bench.example", email=f"{ident}@bench.example", **fields)
            for ident in ids[start : start + 5000]
        )
        User.objects.bulk_create(rows)
    return ids


def _members(world: World) -> None:
    ids = world.users[: world.size.members]
    for start in range(0, len(ids), 5000):
        GroupMembership.objects.bulk_create(
            GroupMembership(group=world.group, user_id=ident) for ident in ids[start : start + 5000]
        )


def _ids(prefix: str, count: int) -> Iterator[str]:
    source = random.Random(prefix)  # the same ones in every run
    for _ in range(count):
        yield prefix + "".join(source.choices(LETTERS, k=17))


@dataclass(frozen=True, slots=True)
class _Kind:
    """Grants of one client on one server, by one assignment."""

    client: Client
    server: AuthorizationServer
    path: str


def _grants(world: World) -> Iterator[dict[str, Any]]:
    """Half of them of the big client, one of each member by the group, a quarter on one server,
    the rest spread."""
    now, ids = timezone.now(), _ids("oar", world.size.tokens)
    maker = _Maker(world, now)
    everyone = dict(
        GroupAssignment.objects.exclude(client=world.of_group).values_list("client_id", "pk")
    )
    members = dict(GroupMembership.objects.values_list("user_id", "pk"))
    assigned = GroupAssignment.objects.get(client=world.of_group).pk
    half, quarter = world.size.tokens // 2, world.size.tokens // 4
    for place, ident in enumerate(ids):
        user = world.users[place % len(world.users)]
        if place < half:
            kind, name = _Kind(world.big, world.servers[0], f"e{everyone[world.big.pk]}"), "big"
        elif place < half + world.size.members:
            user = world.users[place - half]
            path = f"g{assigned}.{members[user]}"
            kind, name = _Kind(world.of_group, world.servers[1], path), "group"
        else:
            client = world.clients[2 + place % (len(world.clients) - 2)]
            is_full = place < half + world.size.members + quarter
            others = world.servers[3:]
            server = world.servers[2] if is_full else others[place % len(others)]
            kind = _Kind(client, server, f"e{everyone[client.pk]}")
            name = "server" if is_full else "user"
        yield maker.row(ident, user, kind, name)


class _Maker:
    """Rows as the token path writes them."""

    def __init__(self, world: World, now: datetime) -> None:
        self.world, self.now = world, now
        self.installation = Installation.objects.get(pk=1).epoch
        self.epochs = dict(Client.objects.values_list("pk", "epoch"))
        self.servers = {s.pk: s for s in AuthorizationServer.objects.all()}

    def row(self, ident: str, user: str, kind: _Kind, name: str) -> dict[str, Any]:
        """One grant; the first ones of each kind get a refresh token that can be presented."""
        server, rule = self.servers[kind.server.pk], self.world.rules[kind.server.pk]
        config = tuple(sorted((rule.policy.epoch, rule.epoch, self.world.scope_epochs[server.pk])))
        vector = Vector(
            self.installation, server.epoch, self.epochs[kind.client.pk], 1, config, (kind.path,), 1
        )
        key, refresh = self._refresh(ident, server.pk, name)
        return {
            "id": ident,
            "server_id": server.pk,
            "client_id": kind.client.pk,
            "user_id": user,
            "policy_id": rule.policy_id,
            "rule_id": rule.pk,
            "vector": dump_vector(vector),
            "family_key": key,
            "refresh_digest": refresh,
            **fixed(self.now),
        }

    def _refresh(self, ident: str, server_id: str, name: str) -> tuple[str, str]:
        probes = self.world.probes.setdefault(name, [])
        if len(probes) >= PROBES:
            return "", f"{random.getrandbits(256):064x}"
        key = new_family_key()
        token = mint_refresh(ident, key)
        probes.append((server_id, token))
        return key.hex(), digest(Kind.REFRESH, token)


def fixed(now: datetime, *, age: timedelta = timedelta(0)) -> dict[str, Any]:
    """The columns that all rows share; `age` puts them into the past."""
    used, idle = now - age, now - age + timedelta(days=7)
    return {
        "scopes": SCOPES,
        "lifetimes": LIFETIMES,
        "auth_time": used,
        "amr": "pwd",
        "session_id": "",
        "nonce": "",
        "created": used,
        "code_expires_at": used,
        "code_consumed_at": used,
        "redirect_uri": factories.REDIRECT_URI,
        "code_challenge": "",
        "previous_digest": "",
        "retries": 0,
        "escrow": "",
        "last_used_at": used,
        "idle_expires_at": idle,
        "sweep_after": idle + timedelta(days=1),
        "revoked_by": "",
    }


def copy_expired(world: World, count: int) -> None:
    """So many more grants whose time was over a month ago."""
    now, client, server = timezone.now(), world.clients[2], world.servers[2]
    source = random.Random("expired")
    shared = fixed(now, age=timedelta(days=40))
    users = world.users
    rows = (
        {
            "id": ident,
            "server_id": server.pk,
            "client_id": client.pk,
            "user_id": users[place % len(users)],
            "policy_id": "",
            "rule_id": "",
            "vector": "{}",
            "family_key": "",
            "refresh_digest": f"{source.getrandbits(256):064x}",
            **shared,
        }
        for place, ident in enumerate(_ids("oarX", count))
    )
    copy_rows(({**row, "id": row["id"][:20]} for row in rows), "tokens_grant")
    settle()
