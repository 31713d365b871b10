"""What every condition offers, and the readers that their `load` functions share.

To add a condition: copy a module of this package, name it in `CONDITIONS` in `__init__.py`, copy
its test. Forms, API schema, reference page and simulator are generated from the dataclass fields
and their metadata (`label`, `help`, `kind`). Only a new *fact* needs more: a field of
`AccessRequest` and the function that fills it in.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any, ClassVar, Protocol, Self

from authzsite.domain.access_request import AccessRequest
from authzsite.domain.fragments import Fragment


class Condition(Protocol):
    """One test of a request. Total: every method answers for every request."""

    name: ClassVar[str]
    """The `type` under which rows keep it."""
    label: ClassVar[str]
    """What a person reads."""
    needs: ClassVar[tuple[str, ...]]
    """Names of the facts (fields of `AccessRequest`) that it reads; one that is missing never
    satisfies it.
    """

    def matches(self, request: AccessRequest) -> bool:
        """Whether the request satisfies the condition."""
        ...

    def fault(self, request: AccessRequest) -> tuple[Fragment, ...]:
        """Why it does not, in parts; empty when it matches."""
        ...

    def why_not(self, request: AccessRequest) -> str:
        """Why it does not, as text (`not in 00gWarehouse`); empty when it matches."""
        ...

    def sentence(self) -> tuple[Fragment, ...]:
        """Its part of the rule's sentence."""
        ...

    def dump(self) -> dict[str, Any]:
        """Its JSON row, `type` included; `load` reads it back."""
        ...

    @classmethod
    def load(cls, data: Mapping[str, object]) -> Self | str:
        """The condition that a row describes, or what is wrong with the row. `data` comes without
        `type`.
        """
        ...


def names_field(*, label: str, help: str, kind: str) -> Any:
    """A set of names or ids; `kind` says of what, for the form that edits it."""
    return field(default=frozenset(), metadata={"label": label, "help": help, "kind": kind})


def instant_field(*, label: str, help: str) -> Any:
    """An instant with a time zone, or None for no bound."""
    return field(default=None, metadata={"label": label, "help": help, "kind": "instant"})


def unknown_keys(data: Mapping[str, object], known: tuple[str, ...]) -> str:
    """A complaint about keys that the condition doesn't have; empty when there are none."""
    strange = sorted(str(key) for key in data if key not in known)
    return f"unknown field {', '.join(strange)}" if strange else ""


def read_names(data: Mapping[str, object], key: str) -> frozenset[str] | str:
    """A list of non-empty strings as a set; absent or null is empty, anything else a complaint."""
    value = data.get(key)
    if value is None:
        return frozenset()
    if not isinstance(value, list | tuple | set | frozenset):
        return f"{key} is not a list"
    names = frozenset(item for item in value if isinstance(item, str) and item)
    return (
        names
        if all(isinstance(item, str) and item for item in value)
        else f"{key} holds something that is not a name"
    )


def read_instant(data: Mapping[str, object], key: str) -> datetime | str | None:
    """An ISO 8601 instant with a time zone; absent or null is None, anything else a complaint."""
    value = data.get(key)
    if value is None:
        return None
    instant = value if isinstance(value, datetime) else _parse_instant(value)
    if instant is None:
        return f"{key} is not an instant"
    return instant if is_aware(instant) else f"{key} has no time zone"


def _parse_instant(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def is_aware(instant: datetime) -> bool:
    """Whether it can be compared with other instants."""
    return instant.utcoffset() is not None
