"""From rows to items: how things are, in the words of the file. Reads only what it is asked for."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db.models import Manager, Model, Prefetch, QuerySet

from apps.clients.models import (
    Client,
    GroupAssignment,
    LoginPolicy,
    TokenPolicy,
    UserAssignment,
)
from apps.directory.models import Group, GroupMembership, Status, User
from apps.directory.roles import role_of
from apps.management.configuration import schema
from apps.management.configuration.current_tests import current_tests
from apps.management.configuration.items import Document, Item
from apps.management.configuration.names import ClientNames
from apps.management.configuration.schema import Kind
from apps.management.configuration.values import Assigned
from apps.management.hooks.models import EventHook
from apps.policies.models import ALL_CLIENTS, InlineHook, Policy, Rule
from apps.servers.models import AuthorizationServer, Installation
from authzsite.domain.conditions import GrantTypes, People, Scopes, Validity, load_all
from authzsite.domain.vocabulary import EVERYONE

CHUNK = 500
NOT_CONDITIONS = frozenset({"inlineHook"})
NO_CONDITIONS = {
    m.name: m.default for m in schema.RULES.members if not m.column and m.name not in NOT_CONDITIONS
}
BEFORE_AND_AFTER = frozenset({Status.STAGED, Status.SUSPENDED, Status.DEPROVISIONED})


def read_current(wanted: Document | None, clients: ClientNames, *, prune: bool = False) -> Document:
    """The objects that `wanted` names; all of a section that is pruned; everything without it."""
    return Document(
        {
            kind.section: tuple(_items(kind, _keys(wanted, kind, prune), clients))
            for kind in schema.KINDS
            if wanted is None or kind.section in wanted.sections
        }
    )


def _keys(wanted: Document | None, kind: Kind, prune: bool) -> list[str] | None:
    """None for all."""
    if wanted is None or prune or kind.is_single:
        return None
    return [item.key[0] for item in wanted.items(kind.section)]


def _items(kind: Kind, keys: Sequence[str] | None, clients: ClientNames) -> Iterator[Item]:
    if kind is schema.GROUPS:
        rows = _rows(Group.objects.filter(type=Group.Type.OKTA_GROUP), "name", keys)
        return (_item(kind, row, path="groups") for row in rows)
    if kind is schema.USERS:
        mine = Prefetch("memberships", GroupMembership.objects.select_related("group"))
        return map(_user, _rows(User.objects.prefetch_related(mine), "login", keys))
    if kind is schema.CLIENTS:
        found = None if keys is None else [clients.row_ids[k] for k in keys if k in clients.row_ids]
        return (_client(row, clients) for row in _rows(_clients(), "pk", found))
    if kind is schema.SERVERS:
        servers = AuthorizationServer.objects.prefetch_related(*_OF_SERVERS)
        return (_server(row, clients) for row in _rows(servers, "pk", keys))
    if kind is schema.INSTALLATION:
        return _installation()
    if kind is schema.EVENT_HOOKS:
        hooks = EventHook.objects.prefetch_related("types")
        return map(_event_hook, _rows(hooks, "name", keys))
    field, plain = _PLAIN[kind.section]
    return (_item(kind, row, path=kind.section) for row in _rows(plain.all(), field, keys))


_OF_SERVERS = ("scopes", "claims", "resource_servers", "owners", "policy_tests")
# What is nothing but its columns.
_PLAIN: Mapping[str, tuple[str, Manager[Any]]] = {
    "tokenPolicies": ("title", TokenPolicy.objects),
    "loginPolicies": ("title", LoginPolicy.objects),
    "inlineHooks": ("name", InlineHook.objects),
}


def _installation() -> Iterator[Item]:
    kind, row = schema.INSTALLATION, Installation.objects.filter(pk=1).first() or Installation()
    yield Item(kind, (), _columns(kind, row), path=kind.section, row=row)


def _rows(found: QuerySet[Any], field: str, keys: Sequence[str] | None) -> Iterator[Any]:
    """The rows in the order of their keys."""
    if keys is None:
        yield from found.order_by(field).iterator(CHUNK)
        return
    ordered = sorted(set(keys))
    for start in range(0, len(ordered), CHUNK):
        yield from found.filter(**{f"{field}__in": ordered[start : start + CHUNK]}).order_by(field)


def _item(kind: Kind, row: Model, *, path: str, key: tuple[str, ...] | None = None) -> Item:
    """An item with every member that is one field of the row."""
    values = _columns(kind, row)
    key = key or tuple(str(values[part]) for part in kind.key)
    return Item(kind, key, values, path=f"{path}[{' '.join(key)}]", row=row)


def _columns(kind: Kind, row: Model) -> dict[str, Any]:
    return {m.name: _plain(getattr(row, m.column)) for m in kind.members if m.column}


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


ADMINISTRATION = {"": "NONE", "auditor": "READ", "help_desk": "HELP", "administrator": "ALL"}


def _user(row: User) -> Item:
    item = _item(schema.USERS, row, path="users")
    item.values |= {
        "status": file_status(row.status),
        "groups": tuple(sorted(one.group.name for one in row.memberships.all())),
        "administration": ADMINISTRATION[getattr(role_of(row), "name", "")],
    }
    return item


def file_status(status: str) -> str:
    """How far a person's activation or password has got is theirs; for the file it is ACTIVE."""
    return str(status) if status in BEFORE_AND_AFTER else "ACTIVE"


def _clients() -> QuerySet[Client]:
    return Client.objects.select_related("token_policy", "login_policy").prefetch_related(
        "secrets",
        "owners",
        Prefetch("user_assignments", UserAssignment.objects.select_related("user")),
        Prefetch("group_assignments", GroupAssignment.objects.select_related("group")),
    )


def _client(row: Client, clients: ClientNames) -> Item:
    item = _item(schema.CLIENTS, row, path="clients", key=(clients.by_row[row.pk],))
    policy, login = row.token_policy, row.login_policy
    item.values |= {
        "grantTypes": tuple(sorted(row.grant_types)),
        "responseTypes": tuple(sorted(row.response_types)),
        "tokenPolicy": policy.title if policy else None,
        "loginPolicy": login.title if login else None,
        "owners": _owners(row),
        "assignments.users": _assigned((one.user.login, one) for one in row.user_assignments.all()),
        "assignments.groups": _assigned(
            (group_word(one.group), one) for one in row.group_assignments.all()
        ),
    }
    return item


def _owners(row: Client | AuthorizationServer) -> tuple[str, ...]:
    return tuple(sorted(group.name for group in row.owners.all()))


def _event_hook(row: EventHook) -> Item:
    item = _item(schema.EVENT_HOOKS, row, path="eventHooks")
    item.values["events"] = tuple(sorted(one.event_type for one in row.types.all()))
    return item


def group_word(group: Group) -> str:
    """A group as the file calls it."""
    return EVERYONE if group.is_everyone else group.name


def _assigned(
    rows: Iterable[tuple[str, UserAssignment | GroupAssignment]],
) -> tuple[Assigned, ...]:
    found = [Assigned(name, _utc(row.valid_from), _utc(row.valid_until)) for name, row in rows]
    return tuple(sorted(found, key=lambda one: one.name))


def _utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC) if moment else None


def _server(row: AuthorizationServer, clients: ClientNames) -> Item:
    item = _item(schema.SERVERS, row, path="authorizationServers", key=(row.pk,))
    item.values["id"] = row.pk
    item.values["resourceServers"] = clients.all_ours(
        clients.by_row[client.pk] for client in row.resource_servers.all()
    )
    item.values["owners"] = _owners(row)
    item.sections["scopes"] = _sorted(
        _item(schema.SCOPES, scope, path=f"{item.path}.scopes") for scope in row.scopes.all()
    )
    item.sections["claims"] = _sorted(
        _item(schema.CLAIMS, claim, path=f"{item.path}.claims") for claim in row.claims.all()
    )
    for claim in item.sections["claims"]:
        claim.values["scopes"] = tuple(sorted(claim.values["scopes"]))
    item.sections["policies"] = _policies(row, item.path, clients)
    item.sections["tests"] = _sorted(current_tests(row, f"{item.path}.tests", clients))
    return item


def _sorted(items: Iterable[Item]) -> tuple[Item, ...]:
    return tuple(sorted(items, key=lambda item: item.key))


def _policies(server: AuthorizationServer, path: str, clients: ClientNames) -> tuple[Item, ...]:
    ordered = Prefetch("rules", Rule.objects.order_by("priority", "pk"))
    rows = list(server.policies.order_by("priority", "pk").prefetch_related(ordered))
    rules = [rule for policy in rows for rule in policy.rules.all()]
    names = {**_people_names(rules), **_hook_names(rules)}
    return tuple(_policy(row, f"{path}.policies", clients, names) for row in rows)


def _policy(row: Policy, path: str, clients: ClientNames, names: Mapping[str, str]) -> Item:
    item = _item(schema.POLICIES, row, path=path)
    known = (clients.by_row[one] for one in row.clients if one in clients.by_row)
    is_for_all = ALL_CLIENTS in row.clients
    item.values["clients"] = (ALL_CLIENTS,) if is_for_all else clients.all_ours(known)
    rules = (_rule(rule, f"{item.path}.rules", names) for rule in row.rules.all())
    item.sections["rules"] = tuple(rules)
    return item


def _rule(row: Rule, path: str, names: Mapping[str, str]) -> Item:
    item = _item(schema.RULES, row, path=path)
    item.values |= {**condition_values(row, names), "inlineHook": names.get(row.hook_id)}
    return item


def condition_values(row: Rule, people: Mapping[str, str]) -> dict[str, Any]:
    """The conditions as members; ids of people who are gone match nobody and are left out."""
    loaded = load_all(row.conditions)
    values: dict[str, Any] = {}
    for one in () if isinstance(loaded, str) else loaded:
        match one:
            case GrantTypes(include):
                values["grantTypes"] = tuple(sorted(include))
            case Scopes(include):
                values["scopes"] = tuple(sorted(include))
            case Validity(valid_from, valid_until):
                values |= {"validFrom": _utc(valid_from), "validUntil": _utc(valid_until)}
            case People():
                values |= {
                    "people.groups": _known(one.include_groups, people),
                    "people.users": _known(one.include_users, people),
                    "people.excludeGroups": _known(one.exclude_groups, people),
                    "people.excludeUsers": _known(one.exclude_users, people),
                }
    return {**NO_CONDITIONS, **values}


def _known(ids: Iterable[str], people: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(sorted(people[one] for one in ids if one in people))


def _people_names(rules: Iterable[Rule]) -> dict[str, str]:
    """Id → name of every user and group that the rules name."""
    ids: set[str] = set()
    for rule in rules:
        loaded = load_all(rule.conditions)
        for one in () if isinstance(loaded, str) else loaded:
            if isinstance(one, People):
                ids |= one.include_groups | one.include_users
                ids |= one.exclude_groups | one.exclude_users
    groups = {group.pk: group_word(group) for group in Group.objects.filter(pk__in=ids)}
    users = dict(User.objects.filter(pk__in=ids).values_list("pk", "login"))
    return {EVERYONE: EVERYONE, **groups, **users}


def _hook_names(rules: Iterable[Rule]) -> dict[str, str]:
    """Id → name of the inline hooks that the rules name."""
    ids = {rule.hook_id for rule in rules if rule.hook_id}
    return dict(InlineHook.objects.filter(pk__in=ids).values_list("pk", "name")) if ids else {}
