"""Explicit revocation of whatever matches (R18), linearizable like an epoch.

A cutoff ends the tokens that match it and whose decision hadn't read it. The storage finds the open
ones that match a token's server, client and user, in the statement that reads everything else; the
rest of the comparison is here. Its id never comes back, so dead is dead (R16).
"""

from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Cutoff:
    """An open cutoff whose server, client and user are the token's.

    `epochs`: of the policy, rule and scope that are meant; a token must stand on all of them.
    `issued_before`: only what is older; None: whatever its age.
    """

    id: int
    epochs: frozenset[int] = frozenset()
    issued_before: datetime | None = None

    def matches(self, config: Set[int], issued_at: datetime | None) -> bool:
        """Whether it means a token that stands on these epochs; an unknown age is older."""
        if not self.epochs <= config:
            return False
        return self.issued_before is None or issued_at is None or issued_at < self.issued_before


def read_ids(cutoffs: Iterable[Cutoff], config: Iterable[int]) -> tuple[int, ...]:
    """What a decision records of the open cutoffs that it read: those that could mean its token.

    Also those for older tokens: a token that has read a cutoff was issued after it, whatever the
    clocks of two machines say.
    """
    known = frozenset(config)
    return tuple(sorted(cutoff.id for cutoff in cutoffs if cutoff.epochs <= known))
