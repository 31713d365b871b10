"""Group claims: Okta's four filters, in linear time (rows 279, 321)."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authzsite.domain import limits
from authzsite.domain.group_filters import (
    FILTER_TYPES,
    TooManyGroups,
    filter_problem,
    matches_group,
    select_groups,
)

NAMES = ("Admins", "admins-eu", "Engineering", "EU-Admins", "Straße")


@pytest.mark.parametrize(
    ("kind", "value", "selected"),
    [
        ("STARTS_WITH", "ADMIN", ("Admins", "admins-eu")),
        ("EQUALS", "admins", ("Admins",)),
        ("EQUALS", "STRASSE", ("Straße",)),
        ("CONTAINS", "eu", ("admins-eu", "EU-Admins")),
        ("REGEX", ".*", NAMES),
        ("REGEX", "Admin", ()),  # the whole name must match
        ("REGEX", "(?i)admins", ("Admins",)),
        ("REGEX", "Admins|E.*", ("Admins", "Engineering", "EU-Admins")),
        ("REGEX", "^(admins-|EU-).*$", ("admins-eu", "EU-Admins")),
        ("REGEX", "(", ()),
        ("starts_with", "A", ()),
    ],
)
def test_filters_select_in_order(kind: str, value: str, selected: tuple[str, ...]) -> None:
    assert select_groups(kind, value, NAMES) == selected


def test_more_than_100_groups_fail_the_claim() -> None:
    names = [f"g{n}" for n in range(101)]
    assert select_groups("CONTAINS", "g", names) == TooManyGroups(101, 100)
    assert select_groups("CONTAINS", "g", names[:100]) == tuple(names[:100])


@pytest.mark.parametrize(
    ("kind", "value", "is_valid"),
    [
        *((kind, "Admins", True) for kind in FILTER_TYPES),
        *((kind, "", False) for kind in FILTER_TYPES),
        *((kind, "x" * 256, False) for kind in FILTER_TYPES),
        ("SOUNDS_LIKE", "x", False),
        *(("REGEX", v, False) for v in ("(", r"(a)\1", "(?=a)", "(?<!a)b", "(a{1000}){1000}", "[")),
        *(("CONTAINS", v, True) for v in ("(", "*")),
    ],
)
def test_filters_are_checked_when_written(kind: str, value: str, is_valid: bool) -> None:
    assert (filter_problem(kind, value) is None) is is_valid


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|aa)+$", "(a*)*b", ".*.*.*.*=x", "(?:a?){50}a{50}"]
)
def test_hostile_patterns_run_in_linear_time_row_279(pattern: str) -> None:
    start = time.perf_counter()
    assert not matches_group("REGEX", pattern, "a" * 50_000 + "!")
    assert time.perf_counter() - start < 0.5


@given(st.sampled_from([*FILTER_TYPES, "?"]), st.text(max_size=9), st.text(max_size=9))
def test_no_filter_and_no_name_raises(kind: str, value: str, name: str) -> None:
    assert filter_problem(kind, value) is None or len(value) <= limits.MAX_FILTER_LENGTH
    matches_group(kind, value, name)
    matches_group(kind, value, "\ud800")
