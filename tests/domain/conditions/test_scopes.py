"""Condition: scopes."""

import pytest

from authzsite.domain.conditions import Scopes, dump, load
from authzsite.domain.fragments import plain
from tests.domain.policy_world import ask, simple_request

TABLE = [
    # included, asked, why not ("" when it matches)
    ({"read"}, "read", ""),
    ({"read"}, "read openid profile", ""),
    ({"read"}, "read write erase", "erase and write"),
    ({"*"}, "read write", ""),
    ({"read"}, "", ""),
    (set(), "", ""),
    (set(), "openid", ""),
    (set(), "read", "read"),
    ({"re"}, "read", "read"),
]


@pytest.mark.parametrize(("include", "asked", "why_not"), TABLE)
def test_every_custom_scope_has_to_be_listed(include: set[str], asked: str, why_not: str) -> None:
    condition = Scopes(frozenset(include))
    request = ask(simple_request(*asked.split()))
    assert condition.matches(request) == (not why_not)
    assert condition.why_not(request) == why_not


def test_its_row_reads_back() -> None:
    row = {"type": "scopes", "include": ["read", "write"]}
    condition = load(row)
    assert not isinstance(condition, str)
    assert dump(condition) == row


@pytest.mark.parametrize(
    ("include", "expected"),
    [({"*"}, "any scope"), ({"b", "a"}, "a or b"), (set(), "OpenID scopes only")],
)
def test_its_sentence(include: set[str], expected: str) -> None:
    assert plain(Scopes(frozenset(include)).sentence()) == expected
