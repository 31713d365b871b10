"""Priorities: contiguous from 1 within a server (policies) or a policy (rules). Reordering revokes
nothing (R15).
"""

from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

from django.db.models import Case, IntegerField, QuerySet, Value, When

from apps.policies.models import Policy, Rule
from authzsite.domain.validation import Invalid, InvalidError, raise_if, validate_priority

Ordered = TypeVar("Ordered", Policy, Rule)
BATCH_ROWS: Final = 500
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
    """Number the rows 1, 2, 3 … in this order; writes only those that move, in one statement: the
    others wait for it.

    `last_updated` stays.
    """
    moves = [(row, row.priority) for place, row in enumerate(rows, 1) if row.priority != place]
    for place_, row in enumerate(rows, 1):
        row.priority = place_
    for part in batched([row for row, _ in moves], BATCH_ROWS):
        whens = (When(pk=row.pk, then=Value(row.priority)) for row in part)
        moved = type(part[0]).objects.filter(pk__in=[row.pk for row in part])
        moved.update(priority=Case(*whens, output_field=IntegerField()))
    return moves


def batched(rows: Sequence[Ordered], size: int) -> Iterator[Sequence[Ordered]]:
    """The rows, so many at a time."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


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
