"""Wrong client secrets are counted per client and source network (row 46), by the same limiter as
people's passwords: `apps.directory.attempts`.

Whoever guesses is answered 429 for the rest of the minute, even when the next guess is right; the
client itself, elsewhere, isn't locked out. A client id that doesn't exist is counted like one that
does, so the limit tells nobody which do.

A wrong guess is counted before its answer leaves; where checking takes long (argon2id), before it
is checked, so that parallel guesses can't overrun the limit. The token path has no time for a row:
each process counts for itself and, where Redis is configured, all of them together; the larger
number counts. Without its answer every wrong guess counts once for each process, so a dead Redis
makes the limit stricter, never looser.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings

from apps.directory.attempts.counts import Counts, shared_count, source_of
from apps.directory.attempts.limits import CLIENT_SECRET
from authzsite.domain.errors import too_many_attempts

LIMIT: Final = CLIENT_SECRET.most
counts: Final = Counts()


@dataclass(frozen=True, slots=True)
class Tries:
    """The tries at one client's secret from one source in one window."""

    key: str
    seconds_left: int

    def check(self) -> None:
        """Refuse when there were too many already: in memory, so that it costs nobody anything."""
        if counts.get(self.key) >= LIMIT:
            raise too_many_attempts(self.seconds_left)

    def count(self) -> None:
        """One wrong secret (or one that may be); refuse when it is one too many."""
        together = shared_count(self.key, 1)
        step = settings.WEB_PROCESSES if together is None else 1
        if counts.add(self.key, step, together or 0) > LIMIT:
            raise too_many_attempts(self.seconds_left)

    def forgive(self) -> None:
        """The one that was counted was right."""
        together = shared_count(self.key, -1)
        counts.add(self.key, -settings.WEB_PROCESSES if together is None else -1, 0)


def tries_at(client_id: str, address: str, now: datetime) -> Tries:
    """The tries at this client's secret from where the request comes from."""
    tally = CLIENT_SECRET.tally(now, client_id, source_of(address))
    return Tries(tally.key, tally.seconds_left)
