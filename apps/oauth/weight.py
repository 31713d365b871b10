"""How much memory a compiled configuration takes, about."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import fields, is_dataclass
from enum import Enum
from sys import getsizeof
from typing import Any, Final

FLAT: Final = (str, bytes, int, float, bool)
OPAQUE: Final = 8192  # octets of an opened key, which OpenSSL keeps


def weight(value: object) -> int:
    """The octets of everything that the value is made of, each part once; dates and enumerations
    count nothing. Of a usual client a quarter more than Python allocates for it, because parts that
    many have in common count for each.
    """
    seen: set[int] = set()
    waiting, total = [value], 0
    while waiting:
        part = waiting.pop()
        if part and id(part) not in seen and not isinstance(part, Enum):
            seen.add(id(part))
            total += _own(part)
            waiting += _parts(part)
    return total


def _own(part: object) -> int:
    if callable(part):
        return OPAQUE
    is_made = isinstance(part, (*FLAT, tuple, list, Mapping, Set)) or is_dataclass(part)
    return getsizeof(part) if is_made else 0


def _parts(part: Any) -> Iterator[object]:
    if isinstance(part, Mapping):
        yield from part
        yield from part.values()
    elif isinstance(part, (tuple, list, Set)):
        yield from part
    elif is_dataclass(part):
        for one in fields(part):
            yield getattr(part, one.name)
