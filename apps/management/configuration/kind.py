"""What a kind of object is: its members, their defaults, its sections inside."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from apps.management.configuration import values as v

ABSENT: Final[Any] = object()  # no default: what isn't given is left alone


@dataclass(frozen=True, slots=True)
class Member:
    """One member of an object."""

    name: str
    read: v.Read
    column: str = ""  # what the services call it
    default: Any = ABSENT
    is_required: bool = False  # of a new object
    refers: str = ""  # the kind of object that its texts name


Default = Callable[[Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of object: a section of the file."""

    section: str
    noun: str
    key: tuple[str, ...]  # the members that tell one from the other; a single one has none
    members: tuple[Member, ...]
    children: tuple["Kind", ...] = ()
    is_ordered: bool = False
    is_single: bool = False  # not a list: one mapping, of members that always have a value
    more_defaults: Default = lambda given: {}

    def member(self, name: str) -> Member | None:
        """The member of this name."""
        return next((one for one in self.members if one.name == name), None)

    def defaults(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """What every member that isn't given stands for, where it stands for anything."""
        fixed = {m.name: m.default for m in self.members if m.default is not ABSENT}
        return {**fixed, **self.more_defaults({**fixed, **given})}


def status(*others: str) -> Member:
    """Whether it counts: ACTIVE, or one of these."""
    return Member("status", v.choice("ACTIVE", *others), "status", "ACTIVE")


def link(name: str, column: str) -> Member:
    """An address, or none."""
    return Member(name, v.text, column, "")
