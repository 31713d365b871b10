"""Rows, tokens and answers as JSON: what the standard library would have made of them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from apps.systemlog.compact import compact


@pytest.mark.parametrize(
    "value",
    [
        {"a": [1, 2.5, True, None, 'ä\u2028\x7f"\\'], "b": {}},
        {"beyond 64 bits": 2**70, "at its edge": [2**63 - 1, -(2**63)]},
        {"half a pair": "\ud800"},
        {1: "a number as key", None: "and none"},
        ("a", "tuple"),
    ],
)
def test_it_says_the_same_as_the_standard_library(value: Any) -> None:
    assert json.loads(compact(value)) == json.loads(json.dumps(value))


def test_moments_are_for_the_caller_to_spell() -> None:
    moment = datetime(2026, 1, 31, 8, tzinfo=UTC)
    assert compact([moment], str) == '["2026-01-31 08:00:00+00:00"]'


def test_what_is_no_json_is_refused_and_not_guessed() -> None:
    with pytest.raises(TypeError):
        compact({"a": object()})
