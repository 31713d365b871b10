"""The conditions of a policy rule, one module each, and the way from and to their JSON rows.

This package owns what a rule may ask of a request. It doesn't own rules, order or outcomes
(`authzsite.domain.evaluation`). `CONDITIONS` is the list: a condition that isn't in it doesn't
exist. Its order is that of explanations and sentences.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from authzsite.domain.conditions.base import Condition
from authzsite.domain.conditions.grant_types import GrantTypes
from authzsite.domain.conditions.people import People
from authzsite.domain.conditions.scopes import Scopes
from authzsite.domain.conditions.validity import Validity

CONDITIONS: Final[tuple[type[GrantTypes] | type[People] | type[Scopes] | type[Validity], ...]] = (
    GrantTypes,
    People,
    Scopes,
    Validity,
)

_BY_NAME: Final = {kind.name: kind for kind in CONDITIONS}
_PLACE: Final = {kind.name: place for place, kind in enumerate(CONDITIONS)}

__all__ = [
    "CONDITIONS",
    "Condition",
    "GrantTypes",
    "People",
    "Scopes",
    "Validity",
    "complete",
    "dump",
    "load",
    "load_all",
]


def load(data: Mapping[str, object]) -> Condition | str:
    """The condition of one JSON row, or what is wrong with it. Such a rule is broken and denies
    when reached (design rule R9).
    """
    if not isinstance(data, Mapping):
        return "a condition is not an object"
    kind = _BY_NAME.get(name) if isinstance(name := data.get("type"), str) else None
    if kind is None:
        return f"unknown condition {name!r}"
    result = kind.load({key: value for key, value in data.items() if key != "type"})
    return f"{kind.name}: {result}" if isinstance(result, str) else result


def load_all(rows: Sequence[Mapping[str, object]]) -> tuple[Condition, ...] | str:
    """All conditions of one rule, complete and in order, or everything that is wrong with them."""
    if not isinstance(rows, list | tuple):
        return "the conditions are not a list"
    results = [load(row) for row in rows]
    complaints = [result for result in results if isinstance(result, str)]
    conditions = [result for result in results if not isinstance(result, str)]
    complaints += sorted(
        {f"{one.name} is stated twice" for one in conditions if _count(conditions, one.name) > 1}
    )
    return "; ".join(complaints) if complaints else complete(conditions)


def _count(conditions: Iterable[Condition], name: str) -> int:
    return sum(one.name == name for one in conditions)


def complete(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """The conditions in the order of `CONDITIONS`, with an empty one wherever grant types, people
    or scopes aren't stated.

    An empty one matches no grant, no person and no custom scope, so what a rule leaves out never
    widens it.
    """
    given = list(conditions)
    stated = {one.name for one in given}
    added: list[Condition] = [
        kind() for kind in (GrantTypes, People, Scopes) if kind.name not in stated
    ]
    return tuple(sorted(given + added, key=lambda one: _PLACE.get(one.name, len(_PLACE))))


def dump(condition: Condition) -> dict[str, Any]:
    """The JSON row of a condition."""
    return condition.dump()
