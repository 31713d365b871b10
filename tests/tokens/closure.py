"""P12's world: a few of everything, tokens for all who may have some, changes of every kind, and
what must have been marked in the end, said in one expression over all rows."""

import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from apps.clients import services as clients
from apps.clients.models import Client, GroupAssignment, UserAssignment
from apps.clients.selectors import current_paths
from apps.directory import services as directory
from apps.directory.models import Group, GroupMembership, User
from apps.policies import services as policies
from apps.policies.models import Policy, Rule
from apps.servers import services as servers
from apps.servers.models import AuthorizationServer, Installation, Scope
from apps.tokens import clock
from apps.tokens.models import AccessToken, Grant
from apps.tokens.standing import dump_vector
from authzsite.domain.revocation import Vector
from authzsite.domain.validation import InvalidError
from tests.factories import (
    TESTER,
    make_client,
    make_group,
    make_policy,
    make_rule,
    make_scope,
    make_server,
    make_user,
)


@dataclass
class Town:
    """Two of everything; the first user is in the first group, both groups have both clients."""

    servers: list[str] = field(default_factory=list)
    clients: list[str] = field(default_factory=list)
    users: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)

    @classmethod
    def build(cls) -> "Town":
        """Everyone has at least one path."""
        town = cls()
        for _ in range(2):
            server = make_server()
            make_scope(server, "orders:read")
            make_rule(make_policy(server))
            town.servers.append(server.pk)
        town.clients = [make_client().pk for _ in range(2)]
        people = [make_user() for _ in range(3)]
        groups = [make_group(people[0]), make_group(people[0], people[1])]
        town.users = [user.pk for user in people]
        town.groups = [group.pk for group in groups]
        for client in Client.objects.filter(pk__in=town.clients):
            clients.assign_user(actor=TESTER, client=client, user=people[2])
            for group in groups:
                clients.assign_group(actor=TESTER, client=client, group=group)
        return town


def issue(town: Town) -> None:
    """A grant that waits, one that is used with its access token, and the client's own, for all who
    may have them: as the token endpoint would stamp them."""
    now, rows = clock.now(), list[Grant | AccessToken]()
    for server in AuthorizationServer.objects.filter(pk__in=town.servers, status="ACTIVE"):
        config = sorted(live_epochs(server.pk))
        for client in Client.objects.filter(pk__in=town.clients, status="ACTIVE"):
            rows += _rows(server, client, None, config, (), now)
            for user in User.objects.filter(pk__in=town.users, status="ACTIVE"):
                if paths := current_paths(user, client, now):
                    rows += _rows(server, client, user, config, tuple(sorted(paths)), now)
    Grant.objects.bulk_create(row for row in rows if isinstance(row, Grant))
    AccessToken.objects.bulk_create(row for row in rows if isinstance(row, AccessToken))


def _rows(
    server: AuthorizationServer,
    client: Client,
    user: User | None,
    config: list[int],
    paths: tuple[str, ...],
    now: datetime,
) -> Iterator[Grant | AccessToken]:
    vector = Vector(
        Installation.objects.get(pk=1).epoch,
        server.epoch,
        client.epoch,
        user.epoch if user else None,
        tuple(config),
        paths,
        user.password_epoch if user else None,
    )
    same: dict[str, Any] = {"server_id": server.pk, "client_id": client.pk}
    same |= {"user_id": user.pk if user else "", "vector": dump_vector(vector)}
    times = {"issued_at": now, "expires_at": now}
    yield AccessToken(digest=secrets.token_hex(32), claims="{}", **times, **same)
    times = {"auth_time": now, "created": now, "sweep_after": now}
    for consumed in (None, now) if user else ():
        yield Grant(code_consumed_at=consumed, **times, **same)


def live_epochs(server_id: str) -> set[int]:
    """Of the server's active policies, their active rules, and its scopes."""
    active = Policy.objects.filter(server=server_id, status="ACTIVE")
    rules = Rule.objects.filter(policy__in=active, status="ACTIVE")
    scopes = Scope.objects.filter(server=server_id)
    return {row.epoch for rows in (active, rules, scopes) for row in rows}


def must_be_marked() -> set[str]:
    """THE oracle: the keys of all rows that stand on something that is no more. A code that waits
    for its exchange stands on no policy (R17)."""
    installation = Installation.objects.get(pk=1).epoch
    server = dict(AuthorizationServer.objects.values_list("pk", "epoch"))
    client = dict(Client.objects.values_list("pk", "epoch"))
    user = {row.pk: row for row in User.objects.all()}
    config = {pk: live_epochs(pk) for pk in server}
    paths = set(_all_paths())
    rows: list[Grant | AccessToken] = [*Grant.objects.all()]
    rows += AccessToken.objects.all()
    return {
        row.pk
        for row in rows
        for v in [json.loads(row.vector)]
        if v["i"] != installation
        or v["s"] != server.get(row.server_id)
        or v["c"] != client.get(row.client_id)
        or (
            v["u"] is not None
            and (
                row.user_id not in user
                or v["u"] != user[row.user_id].epoch
                or v["w"] != user[row.user_id].password_epoch
                or paths.isdisjoint(v["p"])
            )
        )
        or (not _waits(row) and not set(v["g"]) <= config[row.server_id])
    }


def _all_paths() -> Iterator[str]:
    yield from (f"u{row.pk}" for row in UserAssignment.objects.all())
    for assigned in GroupAssignment.objects.select_related("group"):
        if assigned.group.is_everyone:
            yield f"e{assigned.pk}"
        for member in GroupMembership.objects.filter(group=assigned.group_id):
            yield f"g{assigned.pk}.{member.pk}"


def _waits(row: Grant | AccessToken) -> bool:
    return isinstance(row, Grant) and row.code_consumed_at is None


def marked() -> set[str]:
    """The keys of the rows that are marked."""
    tables: tuple[Any, ...] = (Grant.objects, AccessToken.objects)
    return {pk for t in tables for pk in t.exclude(revoked_at=None).values_list("pk", flat=True)}


def _on_user(service: str, number: int, **fields: Any) -> Callable[[Town], object]:
    return lambda town: getattr(directory, service)(
        actor=TESTER, user=User.objects.get(pk=town.users[number]), **fields
    )


def _on_client(service: str, number: int, **fields: Any) -> Callable[[Town], object]:
    return lambda town: getattr(clients, service)(
        actor=TESTER, client=Client.objects.get(pk=town.clients[number]), **fields
    )


def _on_server(service: str, number: int, **fields: Any) -> Callable[[Town], object]:
    return lambda town: getattr(servers, service)(
        actor=TESTER, server_id=town.servers[number], **fields
    )


def _between(module: Any, service: str, **picks: int) -> Callable[[Town], object]:
    """A service about two things of the town."""
    kinds: dict[str, Any] = {"client": Client, "user": User, "group": Group}

    def change(town: Town) -> object:
        ids = {"client": town.clients, "user": town.users, "group": town.groups}
        rows = {name: kinds[name].objects.get(pk=ids[name][n]) for name, n in picks.items()}
        return getattr(module, service)(actor=TESTER, **rows)

    return change


def _on_policy(service: str, number: int, **fields: Any) -> Callable[[Town], object]:
    def change(town: Town) -> object:
        policy = Policy.objects.get(server=town.servers[number])
        given = {"policy_id": policy.pk} if "policy" in service else {}
        if not given:
            given = {"rule_id": Rule.objects.get(policy=policy).pk}
        return getattr(policies, service)(
            actor=TESTER, server_id=town.servers[number], **given, **fields
        )

    return change


def _on_scope(service: str, number: int) -> Callable[[Town], object]:
    def change(town: Town) -> object:
        scope = Scope.objects.get(server=town.servers[number], name="orders:read")
        return getattr(servers, service)(
            actor=TESTER, server_id=town.servers[number], scope_id=scope.pk
        )

    return change


CHANGES: Final[tuple[Callable[[Town], object], ...]] = (
    issue,
    _on_user("deactivate_user", 0),
    _on_user("activate_user", 0),
    _on_user("suspend_user", 1),
    _on_user("unsuspend_user", 1),
    _on_user("set_password", 2, password="another good battery staple"),
    _on_user("delete_user", 2),
    _on_client("deactivate_client", 0),
    _on_client("activate_client", 0),
    _on_client("update_client", 1, redirect_uris=["https://new.example.com/callback"]),
    _on_client("delete_client", 1),
    _on_server("deactivate_server", 0),
    _on_server("activate_server", 0),
    _on_server("update_server", 1, audience="api://another"),
    _on_policy("deactivate_policy", 0),
    _on_policy("deactivate_rule", 1),
    _on_policy("activate_rule", 1),
    _on_policy("update_rule", 0, access_token_minutes=30),
    _on_scope("delete_scope", 1),
    _between(clients, "unassign_user", client=0, user=2),
    _between(clients, "assign_user", client=0, user=0),
    _between(clients, "unassign_group", client=0, group=0),
    _between(clients, "unassign_group", client=0, group=1),
    _between(directory, "remove_member", group=0, user=0),
    _between(directory, "remove_member", group=1, user=0),
    _between(directory, "remove_member", group=1, user=1),
    _between(directory, "add_member", group=1, user=0),
    lambda town: directory.delete_group(actor=TESTER, group=Group.objects.get(pk=town.groups[1])),
    lambda town: servers.revoke_all_tokens(actor=TESTER),
)


def change(town: Town, number: int) -> None:
    """One of the changes; what isn't there, or may not be done now, isn't."""
    gone = (
        *(User.DoesNotExist, Client.DoesNotExist, Group.DoesNotExist, Scope.DoesNotExist),
        *(Policy.DoesNotExist, Rule.DoesNotExist, AuthorizationServer.DoesNotExist),
    )
    try:
        CHANGES[number](town)
    except (*gone, InvalidError):
        pass
