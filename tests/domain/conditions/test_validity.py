"""Condition: a window of time, from its first instant on and before its last."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from authzsite.domain.conditions import Validity, dump, load
from authzsite.domain.fragments import plain
from tests.domain.policy_world import NOW, ask, simple_request

TICK = timedelta(microseconds=1)
NAIVE = NOW.replace(tzinfo=None)
ELSEWHERE = NOW.astimezone(timezone(timedelta(hours=-7)))

TABLE = [
    # from, until, matches now
    (None, None, True),
    (NOW, None, True),
    (NOW + TICK, None, False),
    (None, NOW, False),
    (None, NOW + TICK, True),
    (NOW, NOW + TICK, True),
    (ELSEWHERE, None, True),
    (None, ELSEWHERE, False),
    (NAIVE, None, False),
    (None, NAIVE + TICK, False),
    (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), True),
]


@pytest.mark.parametrize(("start", "end", "matches"), TABLE)
def test_the_window_is_half_open(
    start: datetime | None, end: datetime | None, matches: bool
) -> None:
    condition, request = Validity(start, end), ask(simple_request())
    assert condition.matches(request) == matches
    assert bool(condition.why_not(request)) != matches


def test_a_clock_without_a_time_zone_never_matches() -> None:
    request = replace(ask(simple_request()), now=NAIVE)
    assert not Validity(None, NOW + TICK).matches(request)
    assert Validity().why_not(request) == "the time is unknown"


def test_it_says_which_bound() -> None:
    request = ask(simple_request())
    assert Validity(NOW + TICK).why_not(request).startswith("not valid before 2026-03-01T12:00")
    assert Validity(None, NOW).why_not(request) == "not valid since 2026-03-01T12:00:00+00:00"


def test_its_row_reads_back() -> None:
    row = {
        "type": "validity",
        "valid_from": "2026-01-01T00:00:00+00:00",
        "valid_until": "2027-01-01T00:00:00+01:00",
    }
    condition = load(row)
    assert not isinstance(condition, str)
    assert dump(condition) == row
    assert (
        plain(condition.sentence())
        == "from 2026-01-01T00:00:00+00:00 until 2027-01-01T00:00:00+01:00"
    )


@pytest.mark.parametrize(
    ("bounds", "complaint"),
    [
        ({"valid_from": "soon"}, "validity: valid_from is not an instant"),
        ({"valid_from": 1}, "validity: valid_from is not an instant"),
        ({"valid_until": "2026-01-01T00:00:00"}, "validity: valid_until has no time zone"),
        (
            {"valid_from": "2026-01-01T00:00:00Z", "valid_until": "2026-01-01T00:00:00Z"},
            "validity: valid_until is not after valid_from",
        ),
    ],
)
def test_a_window_that_cannot_be_is_an_error(bounds: dict[str, object], complaint: str) -> None:
    assert load({"type": "validity", **bounds}) == complaint
