"""Counting one guess before it is verified."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.directory.attempts import rows
from apps.directory.attempts.counts import shared_count
from apps.directory.attempts.limits import Tally


class TooManyError(Exception):
    """There were too many guesses, or too much to do; ask again in so many seconds."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"too many attempts; {seconds} seconds left")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Attempted:
    """A guess that was counted and may be verified now."""

    tallies: tuple[Tally, ...]

    def forgive(self) -> None:
        """It was right: it doesn't count."""
        _give_back_shared(self.tallies)
        rows.give_back(self.tallies)


def take(tallies: Sequence[Tally], now: datetime) -> Attempted:
    """Count a guess, or refuse it (TooManyError) uncounted.

    Whoever is admitted stays counted, so never more are admitted than the limit says, however many
    come at once. Redis only spares the database those that are refused.
    """
    _take_shared(tallies)
    try:
        counted = rows.count(tallies, now)
    except BaseException:
        _give_back_shared(tallies)
        raise
    if over := [one for one in tallies if counted[one.key] > one.limit.most]:
        rows.give_back(tallies)
        _give_back_shared(tallies)
        raise TooManyError(max(one.seconds_left for one in over))
    return Attempted(tuple(tallies))


def _take_shared(tallies: Sequence[Tally]) -> None:
    taken: list[Tally] = []
    for tally in tallies:
        number = shared_count(tally.key, 1, tally.limit.seconds)
        taken.append(tally)
        if number is not None and number > tally.limit.most:
            _give_back_shared(taken)
            raise TooManyError(tally.seconds_left)


def _give_back_shared(tallies: Sequence[Tally]) -> None:
    for tally in tallies:
        shared_count(tally.key, -1, tally.limit.seconds)
