"""The checker proves itself before it judges the product."""

from itertools import permutations
from math import inf
from random import Random
from typing import Final

import pytest

from tests.history.checker import Kind, Operation, check, expiry

HISTORIES: Final = 4000
OPERATIONS: Final = 5
pytestmark = pytest.mark.once


def active(start: float, end: float) -> Operation:
    return Operation(Kind.ACTIVE, start, end)


def inactive(start: float, end: float) -> Operation:
    return Operation(Kind.INACTIVE, start, end)


def revoke(start: float, end: float = inf) -> Operation:
    return Operation(Kind.REVOKE, start, end)


GOOD: Final = {
    "nothing": [],
    "only active": [active(0, 1), active(2, 3)],
    "active, revoked, inactive": [active(0, 1), revoke(2, 3), inactive(4, 5)],
    "active while the revocation runs": [revoke(0, 5), active(1, 2), inactive(6, 7)],
    "active asked before the acknowledgement, answered after": [revoke(0, 2), active(1, 9)],
    "inactive while the revocation runs": [revoke(0, 5), inactive(1, 2)],
    "a revocation without answer took effect": [revoke(0), active(1, 2), inactive(3, 4)],
    "a revocation without answer did nothing": [revoke(0), active(7, 8)],
    "revoked twice": [revoke(0, 1), revoke(2, 3), inactive(4, 5)],
    "expired within the slack": [active(9, 9.1), inactive(9.2, 9.3), expiry(10, 10)],
    "still active within the slack": [active(10.9, 11.2), expiry(10, 10)],
}
BAD: Final = {
    "active after an acknowledged revocation": [revoke(0, 1), active(2, 3)],
    "active after an acknowledged revocation, among many": [
        active(0, 1),
        revoke(2, 3),
        inactive(2.5, 6),
        active(3.1, 3.2),
    ],
    "resurrection": [revoke(0), inactive(1, 2), active(3, 4)],
    "resurrection, seen by two at once": [revoke(0, 9), inactive(1, 2), active(3, 9)],
    "death without a cause": [active(0, 1), inactive(2, 3)],
    "death before its cause": [inactive(0, 1), revoke(2, 3)],
    "death before a cause without answer": [inactive(0, 1), revoke(2)],
    "active a second after its expiry": [active(11.5, 11.6), expiry(10, 10)],
    "dead two seconds before its expiry": [inactive(7, 8), expiry(10, 10)],
    "a cache of one second": [active(0, 0.1), revoke(0.2, 0.3), active(0.4, 0.5), inactive(2, 3)],
}


@pytest.mark.parametrize("name", GOOD)
def test_it_accepts(name: str) -> None:
    assert check(GOOD[name]) == ""


@pytest.mark.parametrize("name", BAD)
def test_it_catches(name: str) -> None:
    assert check(BAD[name])
    assert not can_happen(BAD[name])


def can_happen(history: list[Operation]) -> bool:
    """Whether any order that respects time makes a latch of it: the definition, word for word."""
    return any(keeps_time(order) and is_latch(order) for order in permutations(history))


def keeps_time(order: tuple[Operation, ...]) -> bool:
    """Nothing comes before what had ended when it began."""
    return not any(
        later.end < earlier.start for n, earlier in enumerate(order) for later in order[n + 1 :]
    )


def is_latch(order: tuple[Operation, ...]) -> bool:
    is_dead = False
    for operation in order:
        if operation.kind is Kind.REVOKE:
            is_dead = True
        elif is_dead is (operation.kind is Kind.ACTIVE):
            return False
    return True


def random_history(random: Random) -> list[Operation]:
    """Few moments, so that much is concurrent and much touches."""
    history = []
    for _ in range(random.randint(1, OPERATIONS)):
        kind = random.choice(list(Kind))
        start = random.randint(0, 8)
        end: float = start + random.randint(0, 4)
        if kind is Kind.REVOKE and random.random() < 0.25:
            end = inf
        history.append(Operation(kind, start, end))
    return history


def test_it_agrees_with_the_search_over_all_orders() -> None:
    random = Random(4.1)
    verdicts = {True: 0, False: 0}
    for _ in range(HISTORIES):
        history = random_history(random)
        expected = can_happen(history)
        assert (check(history) == "") is expected, history
        verdicts[expected] += 1
    assert min(verdicts.values()) > HISTORIES / 10  # both kinds were there to be told apart
