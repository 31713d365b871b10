"""A token is a latch: unborn, active, dead; and dead is absorbing. Whether what was seen of one
token fits that, operations being as concurrent as they were.

For a one-way latch the whole of linearizability is one comparison per token, so nothing has to be
searched; `test_checker` compares it with the search over all orders.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import inf
from typing import Final

EXPIRY_SLACK: Final = 1.0  # seconds: `exp` is a whole second, and clients take their time


class Kind(StrEnum):
    """What an operation says of a token or does to it."""

    ACTIVE = "active"  # introspection, userinfo, refresh, exchange took it; or it was issued
    INACTIVE = "inactive"
    REVOKE = "revoke"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation on one token, in seconds of CLOCK_MONOTONIC. It took effect at one moment
    between `start` and `end`; a REVOKE without answer (`end` infinite) at any time after its
    start, or never."""

    kind: Kind
    start: float
    end: float


@dataclass(slots=True)
class Bounds:
    """The three moments that decide: the last start of an active answer, the first start of
    anything that could end the token, the first end of anything that shows it dead."""

    active: float = -inf
    cause: float = inf
    dead: float = inf

    def add(self, operation: Operation) -> None:
        """One more operation."""
        if operation.kind is Kind.ACTIVE:
            self.active = max(self.active, operation.start)
            return
        self.dead = min(self.dead, operation.end)
        if operation.kind is Kind.REVOKE:
            self.cause = min(self.cause, operation.start)

    @property
    def fault(self) -> str:
        """What can't have happened, "" when everything can: `max(active, cause) <= dead`."""
        if self.active > self.dead:
            return "active after it was dead"  # acknowledged, or seen: I1, I6
        if self.cause > self.dead:
            return "dead without a cause"  # I2
        return ""


def check(operations: Iterable[Operation]) -> str:
    """The fault of one token's history, "" for none."""
    bounds = Bounds()
    for operation in operations:
        bounds.add(operation)
    return bounds.fault


def expiry(earliest: float, latest: float) -> Operation:
    """The end of a token's time as a revocation that nobody has to ask for."""
    return Operation(Kind.REVOKE, earliest - EXPIRY_SLACK, latest + EXPIRY_SLACK)
