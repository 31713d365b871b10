"""What no single value can be blamed for: names of nothing, parts that are missing."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from django.db.models import QuerySet

from apps.clients.models import LoginPolicy, TokenPolicy
from apps.directory.models import Group, User
from apps.management.configuration import schema
from apps.management.configuration.contradictions import contradictions
from apps.management.configuration.items import Document, Item, walk
from apps.management.configuration.names import ClientNames
from apps.management.configuration.plan import seeds
from apps.management.configuration.problems import Problem
from apps.management.configuration.schema import Member
from apps.management.configuration.values import Expected
from apps.policies.models import ALL_CLIENTS, InlineHook
from apps.policies.services.conditions import GRANT_TYPES
from authzsite.domain.grant_types import installed
from authzsite.domain.vocabulary import ANY_SCOPE, EVERYONE, OIDC_SCOPES

NAMED = ("groups", "users", "tokenPolicies", "loginPolicies", "clients", "inlineHooks")
STORED: Final[Mapping[str, tuple[QuerySet[Any], str]]] = {
    "groups": (Group.objects.filter(type=Group.Type.OKTA_GROUP), "name"),
    "users": (User.objects.all(), "login"),
    "tokenPolicies": (TokenPolicy.objects.all(), "title"),
    "loginPolicies": (LoginPolicy.objects.all(), "title"),
    "inlineHooks": (InlineHook.objects.all(), "name"),
}
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
        self.known = {section: self._known(section) for section in NAMED}

    def problems(self) -> Iterator[Problem]:
        """Everything that is missing or names nothing. Spells clients as differences do."""
        for path in walk(self.wanted.sections):
            item, before = path[-1], self.before(path)
            if before is None:
                yield from _missing(item)
            for member in item.kind.members:
                if member.refers and member.name in item.values:
                    yield from self._dangling(path, member, before)
            yield from contradictions(item, before)
            yield from self._leavers(item)
            if item.kind is schema.TESTS:
                yield from self._test(item, path[0])

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
            ours = self.clients.ours if isinstance(value, str) else self.clients.all_ours
            value = item.values[member.name] = ours(value)
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
        return {n for i, m in members if m.refers == section for n in _names(i.values.get(m.name))}

    def _leavers(self, item: Item) -> Iterator[Problem]:
        """Whoever is deactivated loses assignments; a file can't give them at the same time."""
        for one in item.values.get("assignments.users", ()):
            if one.name in self.leavers:
                path, line = f"{item.path}.assignments.users", item.line_of("assignments.users")
                yield Problem(line, path, f"names {one.name}, who is DEPROVISIONED")

    def _test(self, test: Item, server: Item) -> Iterator[Problem]:
        """Its grant type and its rule, whose policy is found where it isn't given."""
        grant = test.values.get("grantType")
        if grant and grant not in GRANT_TYPES | {spec.name for spec in installed()}:
            test.broken.add("grantType")
            del test.values["grantType"]
            yield _about(test, "grantType", f"names no grant type: {grant[:80]}")
        wanted = test.values.get("expect")
        if not isinstance(wanted, Expected) or not wanted.rule:
            return
        rules = self._rules(server)
        policies = {
            policy
            for policy, rule in rules
            if rule == wanted.rule and wanted.policy in ("", policy)
        }
        if len(policies) == 1:
            test.values["expect"] = replace(wanted, policy=policies.pop())
            return
        test.broken.add("expect")
        del test.values["expect"]
        several = f"names several rules, of {', '.join(sorted(policies))}: give the policy, too"
        yield _about(test, "expect", several if policies else f"names no rule: {wanted.rule[:80]}")

    def _rules(self, server: Item) -> set[tuple[str, str]]:
        """(policy, rule) of all that the server has once the file is carried out."""
        have = self.current.find("authorizationServers", server.key)
        listed = {one.key: one for one in server.sections.get("policies", ())}
        found = {
            (policy.key[0], rule.key[0])
            for policy in listed.values()
            for rule in policy.sections.get("rules", ())
        }
        for policy in have.sections["policies"] if have else ():
            given = listed.get(policy.key)
            is_listed = given and "rules" in given.sections
            if self.prune and (is_listed or ("policies" in server.sections and not given)):
                continue
            found |= {(policy.key[0], rule.key[0]) for rule in policy.sections["rules"]}
        return found


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
    rows, field = STORED[section]
    return set(rows.filter(**{f"{field}__in": names}).values_list(field, flat=True))


def _missing(item: Item) -> Iterator[Problem]:
    """Members that a new object must have."""
    for member in item.kind.members:
        is_there = member.name in item.values or member.name in item.broken
        if member.is_required and not is_there:
            message = f"must be given for a new {item.kind.noun}"
            yield Problem(item.line, f"{item.path}.{member.name}", message)


def _about(item: Item, member: str, message: str) -> Problem:
    return Problem(item.line_of(member), f"{item.path}.{member}", message)
