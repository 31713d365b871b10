"""How things are, as text of the format: sorted, without ids, secrets or what goes without saying.

`complete: true` on top says that what an object leaves out has its default, so that applying the
file later puts that back, and `drift` sees everything.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import yaml

from apps.management.configuration import schema
from apps.management.configuration.current import read_current
from apps.management.configuration.current_tests import is_about_gone
from apps.management.configuration.items import Item
from apps.management.configuration.names import ClientNames
from apps.management.configuration.plan import seeds
from apps.management.configuration.values import WINDOW, Assigned, Expected
from apps.policies.models import ALL_CLIENTS
from apps.servers.seeds import ORGANIZATION_SERVER_ID


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Without aliases for equal values."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def export() -> str:
    """The whole configuration."""
    clients = ClientNames()
    current = read_current(None, clients)
    document: dict[str, Any] = {"apiVersion": schema.API_VERSION, "complete": True}
    for kind in schema.KINDS:
        items = [one for one in _sorted(current.items(kind.section)) if _is_news(one)]
        if written := [_written(one, clients) for one in items]:
            document[kind.section] = written[0] if kind.is_single else written
    options: dict[str, Any] = {
        "sort_keys": False,
        "allow_unicode": True,
        "width": 100,
        "default_flow_style": False,
    }
    return str(yaml.dump(document, Dumper=_Dumper, **options))


def _sorted(items: Iterable[Item]) -> list[Item]:
    """By name, whatever the database's collation; policies and rules in their own order."""
    found = list(items)
    return found if found and found[0].kind.is_ordered else sorted(found, key=lambda one: one.key)


def _written(item: Item, clients: ClientNames) -> dict[str, Any]:
    """The object with the members that say something, in the order of the table."""
    given = _given(item, clients)
    defaults = item.kind.defaults(given)
    result: dict[str, Any] = {}
    for name, value in given.items():
        is_key = name in item.kind.key or (
            item.kind is schema.CLIENTS and name == "name" and "clientId" not in given
        )
        if item.kind.is_single or is_key or name not in defaults or value != defaults[name]:
            _put(result, name.split("."), _plain(value, name))
    for section, items in item.sections.items():
        if kept := [_written(one, clients) for one in _sorted(items) if _is_news(one)]:
            result[section] = kept
    return result


def _given(item: Item, clients: ClientNames) -> Mapping[str, Any]:
    """The members of the row, but for what another installation has otherwise."""
    values = dict(item.values)
    if item.kind is schema.CLIENTS and values["clientId"] == item.row.pk:
        del values["clientId"]  # generated: the name is the key
        if clients.by_row[item.row.pk] != values["name"]:
            values["clientId"] = item.row.client_id
    if item.kind is schema.SERVERS and item.key[0] == ORGANIZATION_SERVER_ID:
        del values["audience"]  # of this very address
    return {m.name: values[m.name] for m in item.kind.members if m.name in values}


def _is_news(item: Item) -> bool:
    """Whether it isn't just what every installation and every server has, and can be told."""
    if is_about_gone(item):
        return False
    if getattr(item.row, "is_system", False):
        seed = next((one for one in seeds(item.kind) if one.key == item.key), None)
        return seed is None or seed.values != item.values
    if item.kind is schema.SERVERS and item.key[0] == ORGANIZATION_SERVER_ID:
        return _is_changed_organization(item)
    return True


def _is_changed_organization(item: Item) -> bool:
    made = {
        "name": "Configuration API",
        "description": "Issues the tokens of the configuration and management APIs",
        "scopeMode": "narrow",
        "accessTokenFormat": "opaque",
    }
    plain = {
        **schema.SERVERS.defaults({}),
        **made,
        "id": item.key[0],
        "audience": item.values["audience"],
    }
    inside = any(_is_news(one) for section in item.sections.values() for one in section)
    return inside or item.values != plain


def _put(result: dict[str, Any], path: list[str], value: Any) -> None:
    for part in path[:-1]:
        result = result.setdefault(part, {})
    result[path[-1]] = value


def _plain(value: Any, name: str) -> Any:
    """As YAML's own types."""
    if isinstance(value, Assigned):
        return _assigned(value, "login" if name.endswith("users") else "name")
    if isinstance(value, tuple):
        return ALL_CLIENTS if value == (ALL_CLIENTS,) else [_plain(one, name) for one in value]
    if isinstance(value, Expected):
        return _expected(value)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, dict):
        return {key: _plain(value[key], name) for key in sorted(value)}
    if isinstance(value, list):
        return [_plain(one, name) for one in value]
    return str(value) if isinstance(value, str) else value


def _expected(one: Expected) -> str | dict[str, str]:
    if not one.rule:
        return str(one)
    return {**({"policy": one.policy} if one.has_twin else {}), "rule": one.rule}


def _assigned(one: Assigned, key: str) -> str | dict[str, str]:
    window = dict(_window(one))
    return {key: one.name, **window} if window else one.name


def _window(one: Assigned) -> Iterator[tuple[str, str]]:
    for member, column in WINDOW.items():
        if moment := getattr(one, column):
            yield member, str(_plain(moment, member))
