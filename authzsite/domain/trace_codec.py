"""Frozen values to plain JSON values and back, by their type hints. Total: what cannot be read
comes back as a complaint.
"""

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


class _Unreadable(Exception):
    """Carries the complaint to `decode`; never leaves this module."""


def encode(value: Any, *, compact: bool = False) -> Any:
    """Dataclasses and named tuples become objects, tuples become lists, the rest stays.

    Every field is written; `compact` leaves out those that hold their default, as `decode` knows.
    """
    if (names := _field_names(value)) is not None:
        kind: Any = type(value)
        defaults = _defaults(kind) if compact else {}
        kept = {name: getattr(value, name) for name in names}
        return {
            name: encode(part, compact=compact)
            for name, part in kept.items()
            if name not in defaults or part != defaults[name]
        }
    return [encode(part, compact=compact) for part in value] if isinstance(value, tuple) else value


def _field_names(value: Any) -> tuple[str, ...] | None:
    if is_dataclass(value):
        return tuple(spec.name for spec in fields(value))
    names: tuple[str, ...] | None = getattr(value, "_fields", None)
    return names


@cache
def _defaults(kind: Any) -> dict[str, Any]:
    if not is_dataclass(kind):
        return dict(kind._field_defaults)
    return {spec.name: spec.default for spec in fields(kind) if spec.default is not MISSING}


def decode(kind: type[T], data: object) -> T | str:
    """The value that `encode` wrote, or a complaint. Unknown keys are ignored, so that an older
    reader reads a newer log.
    """
    try:
        value: T = _read(kind, data, kind.__name__)
    except _Unreadable as complaint:
        return str(complaint)
    return value


def _read(hint: Any, data: object, where: str) -> Any:
    if get_origin(hint) in (Union, UnionType):
        return _read_optional(hint, data, where)
    if get_origin(hint) is tuple:
        return _read_tuple(get_args(hint)[0], data, where)
    if is_dataclass(hint) or hasattr(hint, "_fields"):
        return _read_object(hint, data, where)
    if type(data) is not hint:  # exact, because a truth value must not pass for a number
        raise _Unreadable(f"{where} is not {hint.__name__}")
    return data


def _read_optional(hint: Any, data: object, where: str) -> Any:
    if data is None:
        return None
    return _read(next(one for one in get_args(hint) if one is not NoneType), data, where)


def _read_tuple(hint: Any, data: object, where: str) -> Any:
    if not isinstance(data, list | tuple):
        raise _Unreadable(f"{where} is not a list")
    return tuple(_read(hint, part, where) for part in data)


def _read_object(hint: Any, data: object, where: str) -> Any:
    if not isinstance(data, Mapping):
        raise _Unreadable(f"{where} is not an object")
    hints, required = _shape(hint)
    if absent := sorted(required - data.keys()):
        raise _Unreadable(f"{where} lacks {', '.join(absent)}")
    return hint(
        **{
            name: _read(hints[name], data[name], f"{where}.{name}")
            for name in hints
            if name in data
        }
    )


@cache
def _shape(hint: Any) -> tuple[dict[str, Any], frozenset[str]]:
    """Field types, and the names of the fields without a default."""
    hints = get_type_hints(hint)
    if not is_dataclass(hint):
        return hints, frozenset(hints) - frozenset(hint._field_defaults)
    specs = [spec for spec in fields(hint) if spec.init]
    required = frozenset(
        spec.name for spec in specs if spec.default is MISSING and spec.default_factory is MISSING
    )
    return {spec.name: hints[spec.name] for spec in specs}, required
