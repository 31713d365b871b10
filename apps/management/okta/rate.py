"""How often one credential may call (row 286): counted by credential, in fixed minutes.

Each process counts for itself and, where Redis is configured, all of them together, as for wrong
secrets; `X-Rate-Limit-*` is on every answer.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from apps.directory.attempts.counts import Counts, shared_count
from apps.management.okta.faults import Fault
from apps.tokens import clock
from authzsite.domain.tokens import digest

CALLS_PER_MINUTE: Final = 1200
WINDOW_SECONDS: Final = 60
counts: Final = Counts()


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of the present minute; `reset` in Unix seconds."""

    remaining: int
    reset: int

    @property
    def headers(self) -> dict[str, str]:
        """The three headers."""
        return {
            "X-Rate-Limit-Limit": str(CALLS_PER_MINUTE),
            "X-Rate-Limit-Remaining": str(max(self.remaining, 0)),
            "X-Rate-Limit-Reset": str(self.reset),
        }


def take(credential: str, now: datetime) -> Allowance:
    """Count one call of a credential, given by its fingerprint."""
    window = int(now.timestamp()) // WINDOW_SECONDS
    key = digest("calls", f"{window} {credential}")
    used = counts.add(key, 1, shared_count(key, 1) or 0)
    return Allowance(CALLS_PER_MINUTE - used, (window + 1) * WINDOW_SECONDS)


def refuse_beyond(allowance: Allowance) -> None:
    """429 E0000047 when the minute's calls are used up."""
    if allowance.remaining < 0:
        wait = {"Retry-After": str(max(1, allowance.reset - int(clock.now().timestamp())))}
        raise Fault(429, "E0000047", headers=allowance.headers | wait)
