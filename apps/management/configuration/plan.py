"""Differences: what would have to change for things to be as a file says. Writes nothing."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from apps.management.configuration import schema
from apps.management.configuration.current_tests import is_about_gone
from apps.management.configuration.items import Document, Item
from apps.management.configuration.schema import Kind
from apps.management.configuration.stored_secrets import SECRETS, is_secret_in_place
from apps.management.configuration.values import Secret
from apps.servers.seeds import (
    DEFAULT_SERVER_ID,
    ORGANIZATION_SERVER_ID,
    SEEDED_CLAIMS,
    SEEDED_SCOPES,
)

CREATE, UPDATE, DELETE, ORDER = "create", "update", "delete", "order"
BUILT_IN: Final = frozenset({DEFAULT_SERVER_ID, ORGANIZATION_SERVER_ID})
Fields = dict[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Change:
    """One object that differs. `fields` holds member → (before, after)."""

    verb: str
    item: Item  # as wanted; of a deletion, as it is
    fields: Fields = field(default_factory=dict)
    before: Item | None = None
    parents: tuple[Item, ...] = ()

    @property
    def kind(self) -> Kind:
        """What it is."""
        return self.item.kind


def differences(wanted: Document, current: Document, *, prune: bool = False) -> list[Change]:
    """Every change, in the order of the file."""
    found: list[Change] = []
    for kind in schema.KINDS:
        if kind.section in wanted.sections:
            pair = wanted.items(kind.section), current.items(kind.section)
            found += _compare(kind, *pair, (), prune)
    return found


def _compare(
    kind: Kind,
    wanted: tuple[Item, ...],
    current: tuple[Item, ...],
    parents: tuple[Item, ...],
    prune: bool,
) -> Iterator[Change]:
    have_by_key, wanted_keys = {one.key: one for one in current}, {one.key for one in wanted}
    for item in wanted:
        before = have_by_key.get(item.key)
        yield from _compare_one(kind, item, before, parents)
        for child in kind.children:
            if child.section in item.sections:
                have = before.sections.get(child.section, ()) if before else seeds(child)
                yield from _compare(
                    child, item.sections[child.section], have, (*parents, item), prune
                )
    gone = [item for item in current if item.key not in wanted_keys and not is_kept(item)]
    if prune:
        yield from (Change(DELETE, item, before=item, parents=parents) for item in gone)
    if kind.is_ordered:
        yield from _compare_order(wanted, current, parents, gone if prune else ())


def _compare_one(
    kind: Kind, item: Item, before: Item | None, parents: tuple[Item, ...]
) -> Iterator[Change]:
    if before is None:
        given = item.values.items()
        yield Change(CREATE, item, {name: (None, value) for name, value in given}, None, parents)
        return
    fields = {
        name: (before.values[name], value)
        for name, value in item.values.items()
        if name in before.values and before.values[name] != value
    }
    for name in SECRETS:
        wanted = item.values.get(name)
        if isinstance(wanted, Secret) and not is_secret_in_place(before.row, wanted):
            fields[name] = ("as it was", "a new one")
    if fields:
        yield Change(UPDATE, item, fields, before, parents)


def is_kept(item: Item) -> bool:
    """Whether nothing prunes it: what is built in, of a new server what it begins with, and what
    no file can list."""
    if is_about_gone(item):
        return True
    is_system = item.row is None or bool(getattr(item.row, "is_system", False))
    return is_system or (item.kind is schema.SERVERS and item.key[0] in BUILT_IN)


def seeds(kind: Kind) -> tuple[Item, ...]:
    """What a new server begins with."""
    if kind is schema.SCOPES:
        return tuple(_seeded_scope(one) for one in SEEDED_SCOPES)
    return tuple(_seeded_claim(one) for one in SEEDED_CLAIMS) if kind is schema.CLAIMS else ()


def _seeded_scope(seed: Any) -> Item:
    given = {
        "name": seed.name,
        "displayName": seed.display_name,
        "description": seed.description,
        "metadataPublish": "ALL_CLIENTS",
    }
    return Item(schema.SCOPES, (seed.name,), {**schema.SCOPES.defaults({}), **given})


def _seeded_claim(seed: Any) -> Item:
    given = {
        "name": seed.name,
        "claimType": seed.claim_type,
        "valueType": seed.value_type,
        "value": seed.value,
        "scopes": tuple(sorted(seed.scopes)),
        "alwaysIncludeInToken": seed.always_include_in_token,
    }
    key = (seed.name, seed.claim_type)
    return Item(schema.CLAIMS, key, {**schema.CLAIMS.defaults({}), **given})


def _compare_order(
    wanted: Iterable[Item], current: Iterable[Item], parents: tuple[Item, ...], gone: Iterable[Item]
) -> Iterator[Change]:
    dead = {item.key for item in gone}
    have = [item.key for item in current if item.key not in dead]
    listed = [item.key for item in wanted]
    known = set(have)
    have += [key for key in listed if key not in known]  # new ones are made at the end
    want = arranged(have, listed)
    if want != have:
        fields = {"order": (tuple(k[0] for k in have), tuple(k[0] for k in want))}
        item = next(iter(wanted))
        yield Change(ORDER, item, fields, None, parents)


def arranged(have: list[tuple[str, ...]], listed: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The listed ones in their order, on the places that they take together; others stay put."""
    order = iter(listed)
    names = set(listed)
    return [next(order) if key in names else key for key in have]


def count(changes: Iterable[Change]) -> Mapping[str, int]:
    """How many of each."""
    found = dict.fromkeys((CREATE, UPDATE, DELETE), 0)
    for change in changes:
        found[UPDATE if change.verb == ORDER else change.verb] += 1
    return found
