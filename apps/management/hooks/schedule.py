"""When a delivery is tried again, when it is given up, and when a hook is left in peace: every
number of deliveries, in one place.

2xx is delivered. 410 says that nobody is there any more: given up at once. Everything else, and no
answer at all, is tried again: other 4xx, too, since most come from a gateway or a forgotten
header, and the administrator needs time to notice.
"""

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

MINUTE, HOUR = 60, 3600
PAUSES: Final = (5, 30, 2 * MINUTE, 10 * MINUTE, HOUR, 4 * HOUR, 8 * HOUR, 10 * HOUR)
"""Seconds after each failed attempt: nine attempts over some 23 hours."""
JITTER: Final = 0.2  # up to so much longer: those that failed together don't come back together
GIVE_UP_AFTER: Final = timedelta(hours=36)  # however few attempts the breaker let through
GONE: Final = 410
BREAKER_FAILURES: Final = 5  # in a row, of any deliveries of the hook
BREAKER_PAUSE: Final = timedelta(seconds=30)  # doubled with every further failure
BREAKER_LONGEST: Final = timedelta(minutes=15)
CLAIM: Final = timedelta(seconds=30)  # an attempt takes ten at most
LANES: Final = 8  # attempts at once, of one worker
LANES_PER_HOST: Final = 2
DELIVERED_KEPT: Final = timedelta(days=7)
DEAD_KEPT: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt ended. `status` is None without an answer; `error` is for people, in our
    words: it says nothing that the receiver said, and not why there was no answer."""

    status: int | None = None
    retry_after: int | None = None
    error: str = ""

    @property
    def is_delivered(self) -> bool:
        """The receiver has it."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def words(self) -> str:
        """Why it wasn't delivered."""
        return self.error or f"answered {self.status}"


def pause_after(attempts: int, outcome: Outcome) -> timedelta | None:
    """How long to wait after so many attempts, the last of which failed; None: give up."""
    if outcome.status == GONE or attempts > len(PAUSES):
        return None
    seconds = PAUSES[max(attempts, 1) - 1] * (1 + JITTER * random.random())  # noqa: S311
    asked = min(outcome.retry_after or 0, HOUR)
    return timedelta(seconds=max(seconds, asked))


def breaker_pause(failures: int) -> timedelta | None:
    """How long a hook is left in peace after so many failures in a row; None: not at all."""
    if failures < BREAKER_FAILURES:
        return None
    doublings = min(failures - BREAKER_FAILURES, 10)
    return min(BREAKER_PAUSE * 2**doublings, BREAKER_LONGEST)
