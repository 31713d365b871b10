"""From and to JSON rows; what can't be read is a complaint, never an exception (R9)."""

from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authzsite.domain.conditions import (
    CONDITIONS,
    GrantTypes,
    People,
    Scopes,
    Validity,
    complete,
    load,
    load_all,
)
from authzsite.domain.policy import AccessRequest

BAD = [
    ({}, "unknown condition None"),
    ({"type": "weather"}, "unknown condition 'weather'"),
    ({"type": ["people"]}, "unknown condition ['people']"),
    ({"type": "scopes", "include": "read"}, "scopes: include is not a list"),
    ({"type": "scopes", "include": [1]}, "scopes: include holds something that is not a name"),
    ({"type": "scopes", "include": [""]}, "scopes: include holds something that is not a name"),
    ({"type": "scopes", "exclude": ["a"]}, "scopes: unknown field exclude"),
    ({"type": "people", "include_group": ["a"]}, "people: unknown field include_group"),
]


@pytest.mark.parametrize(("row", "complaint"), BAD)
def test_a_row_that_cannot_be_read_says_why(row: dict[str, object], complaint: str) -> None:
    assert load(row) == complaint


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
keys = st.sampled_from(sorted({"type", *(f.name for kind in CONDITIONS for f in fields(kind))}))
kinds = st.sampled_from([kind.name for kind in CONDITIONS])


@given(st.dictionaries(keys, json_values), kinds | json_values)
def test_loading_is_total(row: dict[str, Any], kind: object) -> None:
    result = load({**row, "type": kind})
    assert isinstance(result, str) or load(result.dump()) == result


@given(json_values)
def test_loading_a_list_is_total(rows: Any) -> None:
    assert isinstance(load_all(rows), str | tuple)


def test_what_a_rule_leaves_out_matches_nothing() -> None:
    assert load_all([]) == (GrantTypes(), People(), Scopes())
    assert load_all([{"type": "validity"}]) == (GrantTypes(), People(), Scopes(), Validity())


def test_conditions_are_kept_in_one_order() -> None:
    assert complete([Validity(), Scopes(), GrantTypes()]) == load_all([{"type": "validity"}])


def test_a_condition_stated_twice_is_an_error() -> None:
    rows = [{"type": "scopes", "include": ["a"]}, {"type": "scopes", "include": ["*"]}]
    assert load_all(rows) == "scopes is stated twice"


def test_every_complaint_of_a_rule_is_told() -> None:
    assert (
        load_all([{"type": "x"}, {"type": "y"}]) == "unknown condition 'x'; unknown condition 'y'"
    )


@pytest.mark.parametrize("kind", CONDITIONS)
def test_every_condition_describes_itself_for_forms(kind: Any) -> None:
    assert kind.name and kind.label and kind.__doc__
    assert set(kind.needs) <= {field.name for field in fields(AccessRequest)}
    for field in fields(kind):
        assert {"label", "help", "kind"} <= field.metadata.keys()
