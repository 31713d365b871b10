"""What a file says, or the database holds, of one object: the same shape for both."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.management.configuration.schema import Kind

Key = tuple[str, ...]


@dataclass(slots=True)
class Item:
    """One object. `values` holds the members that are given, flat; `sections` the lists inside."""

    kind: Kind
    key: Key
    values: dict[str, Any] = field(default_factory=dict)
    sections: dict[str, tuple["Item", ...]] = field(default_factory=dict)
    line: int = 0
    path: str = ""
    lines: dict[str, int] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)  # members that couldn't be read
    row: Any = None

    @property
    def name(self) -> str:
        """How people call it."""
        return " ".join(self.key)

    def line_of(self, member: str) -> int:
        """Where the member is written, else where the object begins."""
        return self.lines.get(member, self.line)


@dataclass(slots=True)
class Document:
    """Everything: sections by name. `is_complete`: what an object leaves out has its default."""

    sections: dict[str, tuple[Item, ...]] = field(default_factory=dict)
    is_complete: bool = False
    index: dict[str, dict[Key, Item]] = field(default_factory=dict, repr=False)

    def items(self, section: str) -> tuple[Item, ...]:
        """The objects of a section, none when it isn't there."""
        return self.sections.get(section, ())

    def find(self, section: str, key: Key) -> Item | None:
        """The object of this key."""
        if section not in self.index:
            self.index[section] = {item.key: item for item in self.items(section)}
        return self.index[section].get(key)


def walk(items: Mapping[str, tuple[Item, ...]], *parents: Item) -> Iterator[tuple[Item, ...]]:
    """Every object with its parents before it, outermost first."""
    for section in items.values():
        for item in section:
            yield (*parents, item)
            yield from walk(item.sections, *parents, item)
