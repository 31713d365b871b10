"""What a change would break: which tokens are meant when a blast radius is measured."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Reach:
    """Tokens of all the given ids that stand on all of the given things. Empty means any."""

    servers: frozenset[str] = frozenset()
    clients: frozenset[str] = frozenset()  # row ids
    users: frozenset[str] = frozenset()
    # Of a policy, rule, scope or token policy. A code that waits stands on none of them (R17).
    epochs: frozenset[int] = frozenset()
    issued_before: datetime | None = None
    needs_password: bool = False  # only those that end with a changed password
    paths: tuple[str, ...] = ()  # of assignments; one that ends with a dot stands for all below it
