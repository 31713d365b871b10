"""The kinds of values that members have: how each is read from a node."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from apps.management.configuration.source import Node

Read = Callable[[Node], Any]


class Unreadable(ValueError):
    """The value is of another kind; the message is a predicate about the member."""


def text(node: Node) -> str:
    """A text."""
    if isinstance(node.value, str):
        return node.value
    is_scalar = not isinstance(node.value, dict | list)
    raise Unreadable("must be text: put it into quotes" if is_scalar else "must be text")


def boolean(node: Node) -> bool:
    """true or false."""
    if isinstance(node.value, bool):
        return node.value
    raise Unreadable("must be true or false")


def number(node: Node) -> int:
    """A whole number."""
    if isinstance(node.value, int) and not isinstance(node.value, bool):
        return node.value
    raise Unreadable("must be a whole number")


def choice(*allowed: str) -> Read:
    """One of these texts."""

    def read(node: Node) -> str:
        if isinstance(node.value, str) and node.value in allowed:
            return node.value
        raise Unreadable(f"must be one of {', '.join(allowed)}")

    return read


def texts(node: Node) -> tuple[str, ...]:
    """A list of texts, in their order."""
    found = patterns(node)
    if len(set(found)) < len(found):
        raise Unreadable("must not name anything twice")
    return found


def patterns(node: Node) -> tuple[str, ...]:
    """A list of texts, as it is."""
    if not isinstance(node.value, list):
        raise Unreadable("must be a list")
    return tuple(text(one) for one in node.value)


def names(node: Node) -> tuple[str, ...]:
    """A list of texts whose order means nothing."""
    return tuple(sorted(texts(node)))


def names_or(word: str) -> Read:
    """The word alone, or a list of names."""

    def read(node: Node) -> tuple[str, ...]:
        found = (node.value,) if node.value == word else names(node)
        return (word,) if word in found else found

    return read


def mapping(node: Node) -> dict[str, Any]:
    """Any JSON object."""
    if not isinstance(node.value, dict):
        raise Unreadable("must be a mapping")
    try:
        return dict(json.loads(json.dumps(node.plain(), allow_nan=False)))
    except (TypeError, ValueError):
        raise Unreadable("must hold what JSON can hold") from None


def instant(node: Node) -> datetime:
    """A moment with its time zone, such as 2030-01-31T12:00:00Z."""
    try:
        found = datetime.fromisoformat(text(node))
    except ValueError:
        raise Unreadable("must be a moment such as 2030-01-31T12:00:00Z") from None
    if found.utcoffset() is None:
        raise Unreadable("must say its time zone, such as 2030-01-31T12:00:00Z")
    return found.astimezone(UTC)


def nothing(node: Node) -> None:
    """A member of the format that isn't supported yet."""
    raise Unreadable("isn't supported yet; leave it out, or write null")


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a secret comes from; it is never in the file."""

    env: str = ""  # empty: generate one

    def read(self) -> str | None:
        """The variable's value; None when one is to be generated."""
        return os.environ.get(self.env, "") if self.env else None


def secret(node: Node) -> Secret:
    """{env: NAME} or {generate: true}."""
    value = node.plain()
    if value == {"generate": True}:
        return Secret()
    is_env = isinstance(value, dict) and set(value) == {"env"} and isinstance(value["env"], str)
    if not is_env or not value["env"]:
        raise Unreadable("must be {env: NAME} or {generate: true}: secrets are never in the file")
    if not os.environ.get(value["env"]):
        raise Unreadable(f"reads the environment variable {value['env']}, which isn't set")
    return Secret(value["env"])


@dataclass(frozen=True, slots=True, order=True)
class Assigned:
    """Somebody or some group assigned to a client, for a time that may begin and end."""

    name: str
    valid_from: datetime | None = field(default=None, compare=True)
    valid_until: datetime | None = None

    def __str__(self) -> str:
        start = f" from {self.valid_from.isoformat()}" if self.valid_from else ""
        return (
            self.name
            + start
            + (f" until {self.valid_until.isoformat()}" if self.valid_until else "")
        )


WINDOW: Final[Mapping[str, str]] = {"validFrom": "valid_from", "validUntil": "valid_until"}


def assigned(key: str) -> Read:
    """A list of names, each alone or as {key: name, validFrom, validUntil}."""

    def read_one(node: Node) -> Assigned:
        if not isinstance(node.value, dict):
            return Assigned(text(node))
        if key not in node.value or (strange := node.value.keys() - {key, *WINDOW}):
            known = ", ".join((key, *WINDOW))
            strange = node.value.keys() - {key, *WINDOW}
            raise Unreadable(
                f"must have {known} and nothing else, not {', '.join(sorted(strange)) or 'less'}"
            )
        window = {
            column: instant(node.value[member])
            for member, column in WINDOW.items()
            if member in node.value and node.value[member].value is not None
        }
        return Assigned(text(node.value[key]), **window)

    def read(node: Node) -> tuple[Assigned, ...]:
        if not isinstance(node.value, list):
            raise Unreadable("must be a list")
        found = sorted((read_one(one) for one in node.value), key=lambda one: one.name)
        if len({one.name for one in found}) < len(found):
            raise Unreadable("must not name anybody twice")
        return tuple(found)

    return read


def headers(node: Node) -> tuple[dict[str, str], ...]:
    """A list of {key, value}."""
    found = node.plain()
    is_list = isinstance(found, list) and all(
        isinstance(one, dict)
        and set(one) == {"key", "value"}
        and all(isinstance(part, str) for part in one.values())
        for one in found
    )
    if not is_list:
        raise Unreadable("must be a list of {key: text, value: text}")
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Expected:
    """What a policy test wants: a denial, a grant by whichever rule, or one by this rule.

    `policy` is the rule's; `has_twin` says that it must be told, as another has a rule so named.
    """

    is_allowed: bool
    rule: str = ""
    policy: str = ""
    has_twin: bool = field(default=False, compare=False)

    def __str__(self) -> str:
        if not self.rule:
            return "allowed" if self.is_allowed else "denied"
        return f"rule {self.rule} of {self.policy}" if self.has_twin else f"rule {self.rule}"


def expected(node: Node) -> Expected:
    """`denied`, `allowed`, {rule: name}, or {policy: name, rule: name}."""
    value = node.plain()
    if value in ("denied", "allowed"):
        return Expected(value == "allowed")
    is_rule = isinstance(value, dict) and "rule" in value and not value.keys() - {"rule", "policy"}
    if is_rule and all(isinstance(one, str) and one for one in value.values()):
        return Expected(True, **value)
    raise Unreadable("must be denied, allowed or {rule: name}")
