"""Deadlines: when access tokens, refresh families and idle windows end.

Every interval is half-open: alive before its deadline, dead at it (R14). All arithmetic is done in
UTC and in whole seconds, so a change of daylight saving time moves nothing. The functions are
total: absurd lifetimes end at the calendar's edges instead of raising, negative ones are zero, and
a moment without a time zone is read as UTC.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Self

UNLIMITED: Final = 0  # `refresh_seconds`: the family has no absolute end (R8)

_FIRST: Final = datetime.min.replace(tzinfo=UTC)
_LAST: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """What a rule grants (R8), in seconds.

    `access_seconds`: life of each access token. `refresh_seconds`: life of the refresh family from
    its first token on, 0 = unlimited. `idle_seconds`: the family dies when not used for so long.
    """

    access_seconds: int
    refresh_seconds: int
    idle_seconds: int

    @classmethod
    def from_minutes(cls, *, access: int, refresh: int, idle: int) -> Self:
        """Rules are written in minutes, as at Okta."""
        return cls(access * 60, refresh * 60, idle * 60)

    def tightened(self, other: "Lifetimes") -> "Lifetimes":
        """The shorter of each pair: a refresh uses min(stored, current)."""
        limited = [s for s in (self.refresh_seconds, other.refresh_seconds) if s != UNLIMITED]
        return Lifetimes(
            min(self.access_seconds, other.access_seconds),
            min(limited, default=UNLIMITED),
            min(self.idle_seconds, other.idle_seconds),
        )


def utc(moment: datetime) -> datetime:
    """The same moment in UTC; one outside the calendar becomes its edge."""
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return _LAST if moment.year > 1 else _FIRST


def after(now: datetime, seconds: int) -> datetime:
    """`now` plus `seconds` (at least 0), at most the last moment of the calendar."""
    try:
        return utc(now) + timedelta(seconds=max(seconds, 0))
    except OverflowError:
        return _LAST


def earliest(moment: datetime, *deadlines: datetime | None) -> datetime:
    """The first of these moments; None stands for "never"."""
    return min([utc(moment), *(utc(d) for d in deadlines if d is not None)])


def is_dead(deadline: datetime | None, now: datetime) -> bool:
    """Dead AT the deadline; None never dies."""
    return deadline is not None and utc(now) >= utc(deadline)


def absolute_expiry(lifetimes: Lifetimes, now: datetime) -> datetime | None:
    """Absolute end of a family whose first token is issued `now`; every later one inherits it."""
    if lifetimes.refresh_seconds == UNLIMITED:
        return None
    return after(now, lifetimes.refresh_seconds)


def access_expiry(lifetimes: Lifetimes, now: datetime, absolute: datetime | None) -> datetime:
    """End of an access token issued `now`; it never outlives its family's absolute end."""
    return earliest(after(now, lifetimes.access_seconds), absolute)


def idle_expiry(lifetimes: Lifetimes, now: datetime, absolute: datetime | None) -> datetime:
    """End of the idle window that a use at `now` opens; it slides, the absolute end does not."""
    return earliest(after(now, lifetimes.idle_seconds), absolute)


def seconds_left(deadline: datetime, now: datetime) -> int:
    """Whole seconds of life left, rounded down: what `expires_in` may promise."""
    return max(int((utc(deadline) - utc(now)).total_seconds()), 0)
