"""Priorities: contiguous from 1 within a server (policies) or a policy (rules). Reordering revokes
nothing (R15).
"""

from collections.abc import Sequence
from typing import TypeVar

from django.db.models import QuerySet

from apps.policies.models import Policy, Rule
from authzsite.domain.validation import Invalid, InvalidError, raise_if, validate_priority

Ordered = TypeVar("Ordered", Policy, Rule)
Moves = list[tuple[Ordered, int]]  # each row that moved, with the priority it had


def place(siblings: QuerySet[Ordered], row: Ordered, priority: int | None) -> Moves[Ordered]:
    """Put `row` at `priority` among its siblings; none or beyond the end is last.

    The others shift.
    """
    raise_if(validate_priority(priority) if priority is not None else [])
    others = list(siblings.exclude(pk=row.pk).order_by("priority", "pk"))
    index = len(others) if priority is None else min(priority - 1, len(others))
    others.insert(index, row)
    return renumber(others)


def renumber(rows: Sequence[Ordered]) -> Moves[Ordered]:
    """Number the rows 1, 2, 3 … in this order; writes only those that move.

    `last_updated` stays.
    """
    moves = [(row, row.priority) for place, row in enumerate(rows, 1) if row.priority != place]
    for place_, row in enumerate(rows, 1):
        if row.priority != place_:
            row.priority = place_
            type(row).objects.filter(pk=row.pk).update(priority=place_)
    return moves


def close_gap(siblings: QuerySet[Ordered]) -> None:
    """Renumber what is left after a deletion."""
    renumber(list(siblings.order_by("priority", "pk")))


def arrange(siblings: QuerySet[Ordered], ids: Sequence[str]) -> Moves[Ordered]:
    """The whole order at once: every id exactly once, or the change is refused."""
    rows = {row.pk: row for row in siblings}
    if sorted(map(str, ids)) != sorted(rows):
        raise InvalidError(
            Invalid("ids", "must name every one exactly once; the list may have changed meanwhile")
        )
    return renumber([rows[pk] for pk in ids])
