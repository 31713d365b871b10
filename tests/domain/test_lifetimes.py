"""P5 and rows 148-151: integers on a line, half-open, dead at the deadline."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authzsite.domain.lifetimes import (
    UNLIMITED,
    Lifetimes,
    absolute_expiry,
    access_expiry,
    after,
    earliest,
    idle_expiry,
    is_dead,
    seconds_left,
    utc,
)

NOW = datetime(2028, 2, 28, 23, 59, 59, tzinfo=UTC)
SECOND = timedelta(seconds=1)

seconds = st.one_of(
    st.integers(0, 10**6), st.sampled_from([0, 1, 2**31, 10**12, 10**18, 10**30, -1, -(10**12)])
)
lifetimes = st.builds(Lifetimes, seconds, seconds, seconds)
zones = st.sampled_from([UTC, ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")])
moments = st.datetimes(
    min_value=datetime(1, 1, 1), max_value=datetime(9999, 12, 31), timezones=zones
)
deadlines = st.one_of(st.none(), moments)
law = settings(max_examples=60, deadline=None)


@pytest.mark.parametrize(
    ("offset", "dead"),
    [
        (timedelta(milliseconds=-1), False),
        (timedelta(0), True),
        (timedelta(milliseconds=1), True),
        (-SECOND, False),
        (SECOND, True),
    ],
)
def test_row_150_it_is_dead_at_the_deadline(offset: timedelta, dead: bool) -> None:
    assert is_dead(NOW, NOW + offset) is dead


def test_no_deadline_never_dies() -> None:
    assert not is_dead(None, datetime.max.replace(tzinfo=UTC))


def test_r8_a_refresh_lifetime_of_zero_is_unlimited() -> None:
    assert absolute_expiry(Lifetimes(300, UNLIMITED, 600), NOW) is None


def test_r8_rules_are_written_in_minutes() -> None:
    assert Lifetimes.from_minutes(access=5, refresh=0, idle=10) == Lifetimes(300, 0, 600)


def test_leap_day_2028_counts_as_a_day() -> None:
    assert after(NOW, 86_400) == datetime(2028, 2, 29, 23, 59, 59, tzinfo=UTC)


def test_the_year_2038_is_no_boundary() -> None:
    start = datetime(2038, 1, 19, 3, 14, 7, tzinfo=UTC)
    assert after(start, 1).timestamp() == 2**31


@pytest.mark.parametrize("day", [datetime(2027, 3, 28, 1, 30), datetime(2027, 10, 31, 1, 30)])
def test_daylight_saving_neither_adds_nor_takes_an_hour(day: datetime) -> None:
    start = day.replace(tzinfo=ZoneInfo("Europe/Berlin"))
    assert (after(start, 7200) - utc(start)).total_seconds() == 7200


def test_a_lifetime_of_zero_is_dead_at_once() -> None:
    assert is_dead(access_expiry(Lifetimes(0, 0, 0), NOW, None), NOW)


@pytest.mark.parametrize("zone", [timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))])
@pytest.mark.parametrize("edge", [datetime.min, datetime.max])
def test_the_edges_of_the_calendar_do_not_raise(zone: timezone, edge: datetime) -> None:
    assert after(edge.replace(tzinfo=zone), 10**20).tzinfo is UTC


def test_row_149_an_access_token_never_outlives_the_family() -> None:
    absolute = NOW + 10 * SECOND
    assert access_expiry(Lifetimes(3600, 86_400, 3600), NOW, absolute) == absolute


@law
@given(lifetimes, moments, deadlines)
def test_every_deadline_is_the_smallest_of_its_limits(
    given_: Lifetimes, now: datetime, absolute: datetime | None
) -> None:
    ends = [access_expiry(given_, now, absolute), idle_expiry(given_, now, absolute)]
    limits = [given_.access_seconds, given_.idle_seconds]
    for end, limit in zip(ends, limits, strict=True):
        assert end == earliest(after(now, limit), absolute)
        assert absolute is None or end <= utc(absolute)


@law
@given(lifetimes, st.integers(0, 10**13), moments, deadlines)
def test_shortening_never_lengthens_anything(
    given_: Lifetimes, cut: int, now: datetime, absolute: datetime | None
) -> None:
    shorter = Lifetimes(
        given_.access_seconds - cut, given_.refresh_seconds, given_.idle_seconds - cut
    )
    assert access_expiry(shorter, now, absolute) <= access_expiry(given_, now, absolute)
    assert idle_expiry(shorter, now, absolute) <= idle_expiry(given_, now, absolute)


@law
@given(lifetimes, lifetimes, moments)
def test_row_151_tightening_takes_the_shorter_of_each(
    one: Lifetimes, two: Lifetimes, now: datetime
) -> None:
    both = one.tightened(two)
    assert both == two.tightened(one)
    ends = [absolute_expiry(each, now) for each in (one, two)]
    limited = [end for end in ends if end is not None]
    assert absolute_expiry(both, now) == min(limited, default=None)


@law
@given(moments, moments, moments)
def test_death_is_absorbing(deadline: datetime, one: datetime, two: datetime) -> None:
    earlier, later = sorted((utc(one), utc(two)))
    assert is_dead(deadline, later) or not is_dead(deadline, earlier)


@law
@given(lifetimes, moments, moments)
def test_the_idle_window_slides_and_the_absolute_end_does_not(
    given_: Lifetimes, first: datetime, second: datetime
) -> None:
    earlier, later = sorted((utc(first), utc(second)))
    absolute = absolute_expiry(given_, earlier)
    assert idle_expiry(given_, earlier, absolute) <= idle_expiry(given_, later, absolute)
    assert absolute is None or idle_expiry(given_, later, absolute) <= absolute


def test_expires_in_is_rounded_down_and_never_negative() -> None:
    assert seconds_left(NOW + timedelta(milliseconds=1999), NOW) == 1
    assert seconds_left(NOW, NOW + SECOND) == 0
