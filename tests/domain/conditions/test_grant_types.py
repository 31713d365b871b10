"""Condition: grant types. Copy this file for a new condition."""

import pytest

from authzsite.domain.conditions import GrantTypes, dump, load
from authzsite.domain.fragments import plain
from tests.domain.policy_world import ask, simple_request

TABLE = [
    # included, asked, why not ("" when it matches)
    ({"authorization_code"}, "authorization_code", ""),
    ({"authorization_code", "client_credentials"}, "client_credentials", ""),
    ({"client_credentials"}, "authorization_code", "authorization_code is not allowed"),
    (set(), "authorization_code", "authorization_code is not allowed"),
    (
        {"authorization_code"},
        "urn:ietf:params:oauth:grant-type:device_code",
        "device_code is not allowed",
    ),
]


@pytest.mark.parametrize(("include", "grant", "why_not"), TABLE)
def test_it_matches_what_is_listed(include: set[str], grant: str, why_not: str) -> None:
    condition = GrantTypes(frozenset(include))
    request = ask(simple_request(grant=grant))
    assert condition.matches(request) == (not why_not)
    assert condition.why_not(request) == why_not


def test_its_row_reads_back() -> None:
    row = {"type": "grant_types", "include": ["authorization_code", "client_credentials"]}
    condition = load(row)
    assert not isinstance(condition, str)
    assert dump(condition) == row


def test_its_sentence_uses_short_names() -> None:
    condition = GrantTypes(
        frozenset({"authorization_code", "urn:ietf:params:oauth:grant-type:device_code"})
    )
    assert plain(condition.sentence()) == "authorization_code or device_code"
