"""What no single value can be blamed for: names of nothing, parts that are missing."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from apps.clients.models import TokenPolicy
from apps.clients.services.clients import SECRET_METHODS
from apps.directory.models import Group, User
from apps.management.configuration import schema
from apps.management.configuration.items import Document, Item, PolicyTest, walk
from apps.management.configuration.names import ClientNames
from apps.management.configuration.plan import seeds
from apps.management.configuration.problems import Problem
from apps.management.configuration.schema import Member
from apps.policies.models import ALL_CLIENTS
from apps.policies.services.conditions import GRANT_TYPES
from authzsite.domain.grant_types import installed
from authzsite.domain.vocabulary import ANY_SCOPE, EVERYONE, OIDC_SCOPES

EVERYBODY = frozenset({"assignments.groups", "people.groups"})


class References:
    """Judges a document against itself and the database."""

    def __init__(
        self, wanted: Document, current: Document, clients: ClientNames, *, prune: bool
    ) -> None:
        self.wanted, self.current, self.clients, self.prune = wanted, current, clients, prune
        users = wanted.items("users")
        gone = (one for one in users if one.values.get("status") == "DEPROVISIONED")
        self.leavers = {one.key[0] for one in gone}
        self.known = {
            section: self._known(section)
            for section in ("groups", "users", "tokenPolicies", "clients")
        }

    def problems(self) -> Iterator[Problem]:
        """Everything that is missing or names nothing. Spells clients as differences do."""
        for path in walk(self.wanted.sections):
            item, before = path[-1], self.before(path)
            if before is None:
                yield from _missing(item)
            for member in item.kind.members:
                if member.refers and member.name in item.values:
                    yield from self._dangling(path, member, before)
            yield from _contradictions(item, before)
            yield from self._leavers(item)
            for test in item.tests:
                yield from self._test(test, item)

    def before(self, path: tuple[Item, ...]) -> Item | None:
        """The present object of a wanted one."""
        found = self.current.find(path[0].kind.section, path[0].key)
        for parent, item in zip(path, path[1:], strict=False):
            have = found.sections.get(item.kind.section, ()) if found else ()
            have = have or (seeds(item.kind) if parent.kind is schema.SERVERS else ())
            found = next((one for one in have if one.key == item.key), None)
        return found

    def _dangling(
        self, path: tuple[Item, ...], member: Member, before: Item | None
    ) -> Iterator[Problem]:
        item = path[-1]
        value = item.values[member.name]
        if member.refers == "clients":
            value = item.values[member.name] = self.clients.all_ours(value)
        old = self._stale(path[0], member, before) if before else set()
        gone = {
            name
            for name in _names(value)
            if name not in old and not self._exists(member, name, path[0])
        }
        for name in sorted(gone):
            message = f"names no {_noun(member.refers)}: {name[:80]}"
            yield Problem(item.line_of(member.name), f"{item.path}.{member.name}", message)
        if gone:
            _leave_out(item, member, gone)

    def _stale(self, server: Item, member: Member, before: Item) -> set[str]:
        """Scopes that are named already and defined no more: an export of that is applied, too."""
        if member.refers != "scopes":
            return set()
        have = self.current.find("authorizationServers", server.key)
        defined = {one.key[0] for one in have.sections["scopes"]} if have else set()
        return set(_names(before.values[member.name])) - defined

    def _exists(self, member: Member, name: str, server: Item) -> bool:
        if member.refers == "scopes":
            return name in self._scopes(server)
        if name == EVERYONE and member.refers == "groups":
            return member.name in EVERYBODY
        is_word = name == ALL_CLIENTS and member.refers == "clients"
        return is_word or name in self.known[member.refers]

    def _scopes(self, server: Item) -> set[str]:
        listed = {one.key[0] for one in server.sections.get("scopes", ())}
        have = self.current.find("authorizationServers", server.key)
        is_pruned = self.prune and "scopes" in server.sections
        old = have.sections.get("scopes", ()) if have and not is_pruned else ()
        return listed | {one.key[0] for one in old} | OIDC_SCOPES | {ANY_SCOPE}

    def _known(self, section: str) -> set[str]:
        """The names of this kind once the file is carried out, as far as the file asks for them."""
        listed = {item.key[0] for item in self.wanted.items(section)}
        if self.prune and section in self.wanted.sections:
            return listed
        if section == "clients":
            return listed | set(self.clients.row_ids)
        return listed | _stored(section, self._asked(section) - listed)

    def _asked(self, section: str) -> set[str]:
        members = ((p[-1], m) for p in walk(self.wanted.sections) for m in p[-1].kind.members)
        found = {n for i, m in members if m.refers == section for n in _names(i.values.get(m.name))}
        if section == "users":
            servers = self.wanted.items("authorizationServers")
            found |= {test.user for server in servers for test in server.tests if test.user}
        return found

    def _leavers(self, item: Item) -> Iterator[Problem]:
        """Whoever is deactivated loses assignments; a file can't give them at the same time."""
        for one in item.values.get("assignments.users", ()):
            if one.name in self.leavers:
                path, line = f"{item.path}.assignments.users", item.line_of("assignments.users")
                yield Problem(line, path, f"names {one.name}, who is DEPROVISIONED")

    def _test(self, test: PolicyTest, server: Item) -> Iterator[Problem]:
        rules = {
            one.key[0]
            for p in server.sections.get("policies", ())
            for one in p.sections.get("rules", ())
        }
        have = self.current.find("authorizationServers", server.key)
        rules |= (
            {r.key[0] for p in have.sections["policies"] for r in p.sections["rules"]}
            if have
            else set()
        )
        grants = GRANT_TYPES | {spec.name for spec in installed()}
        faults = {
            "client": (
                self.clients.ours(test.client) in self.known["clients"],
                "client",
                test.client,
            ),
            "user": (not test.user or test.user in self.known["users"], "user", test.user),
            "grantType": (test.grant_type in grants, "grant type", test.grant_type),
            "expect": (
                not test.expected_rule or test.expected_rule in rules,
                "rule",
                test.expected_rule,
            ),
        }
        for name, (is_good, noun, value) in faults.items():
            if not is_good:
                yield Problem(test.line, f"{test.path}.{name}", f"names no {noun}: {value[:80]}")


def _names(value: Any) -> tuple[str, ...]:
    """The names in a member's value."""
    if isinstance(value, str):
        return (value,)
    return tuple(getattr(one, "name", one) for one in value or ())


def _leave_out(item: Item, member: Member, gone: set[str]) -> None:
    """Go on without the names of nothing, so that the other mistakes are found, too."""
    value = item.values.pop(member.name)
    item.broken.add(member.name)
    if isinstance(value, tuple):
        item.values[member.name] = tuple(
            one for one in value if not gone.intersection(_names((one,)))
        )


def _noun(section: str) -> str:
    kinds = (*schema.KINDS, schema.SCOPES)
    return next(kind.noun for kind in kinds if kind.section == section)


def _stored(section: str, names: set[str]) -> set[str]:
    """Those of the names that the database has."""
    found: Iterable[str] = {
        "groups": Group.objects.filter(type=Group.Type.OKTA_GROUP, name__in=names).values_list(
            "name", flat=True
        ),
        "users": User.objects.filter(login__in=names).values_list("login", flat=True),
        "tokenPolicies": TokenPolicy.objects.filter(title__in=names).values_list(
            "title", flat=True
        ),
    }[section]
    return set(found)


def _missing(item: Item) -> Iterator[Problem]:
    """Members that a new object must have."""
    for member in item.kind.members:
        is_there = member.name in item.values or member.name in item.broken
        if member.is_required and not is_there:
            message = f"must be given for a new {item.kind.noun}"
            yield Problem(item.line, f"{item.path}.{member.name}", message)


def _contradictions(item: Item, before: Item | None) -> Iterator[Problem]:
    """Members that can't go together, or can't change."""
    have = before.values if before else {}
    if (
        item.kind is schema.CLIENTS
        and before
        and item.values.get("type", have["type"]) != have["type"]
    ):
        message = f"can't be changed from {have['type']}: give the new client another clientId"
        yield Problem(item.line_of("type"), f"{item.path}.type", message)
    if item.kind is schema.CLIENTS and "secret" in item.values:
        given = {**item.kind.defaults({**have, **item.values}), **have, **item.values}
        if given["tokenEndpointAuthMethod"] not in SECRET_METHODS:
            message = f"is not for {given['tokenEndpointAuthMethod']}"
            yield Problem(item.line_of("secret"), f"{item.path}.secret", message)
    if item.kind is schema.CLAIMS:
        yield from _claim_contradictions(item, {**item.kind.defaults({}), **have, **item.values})
    if item.kind is schema.USERS and before:
        wanted = item.values.get("status", have["status"])
        if wanted == "STAGED" and have["status"] != "STAGED":
            yield Problem(item.line_of("status"), f"{item.path}.status", "can't be STAGED again")


def _claim_contradictions(item: Item, given: Mapping[str, Any]) -> Iterator[Problem]:
    """Members that the service would have to put right, so that every apply would differ."""
    faults = {
        "alwaysIncludeInToken": item.key[1] == "RESOURCE" and not given["alwaysIncludeInToken"],
        "groupFilterType": given["valueType"] != "GROUPS" and bool(given["groupFilterType"]),
    }
    words = {
        "alwaysIncludeInToken": "must be true for claims of access tokens",
        "groupFilterType": "is for claims of valueType GROUPS",
    }
    for name, is_wrong in faults.items():
        if is_wrong:
            yield Problem(item.line_of(name), f"{item.path}.{name}", words[name])
