"""Condition: people."""

import pytest

from authzsite.domain.conditions import People, dump, load
from authzsite.domain.fragments import plain
from tests.domain.policy_world import Spec, ask, simple_request

NAMES = {"eng": "Engineering", "ops": "Operations", "ext": "Contractors"}
ALICE, ENG, OPS = frozenset({"alice"}), frozenset({"eng"}), frozenset({"ops"})
EVERYONE = frozenset({"EVERYONE"})

TABLE = [
    # condition, changed facts, why not ("" when it matches); the user is alice in group eng
    (People(include_users=ALICE), {}, ""),
    (People(include_groups=ENG), {}, ""),
    (People(include_groups=EVERYONE), {}, ""),
    (People(include_groups=EVERYONE), {"groups": frozenset()}, ""),
    (People(include_users=ALICE, include_groups=OPS), {}, ""),
    (People(include_groups=OPS), {}, "not in ops"),
    (People(include_groups=OPS | {"ext"}), {}, "not in ext or ops"),
    (People(include_users=frozenset({"bob"})), {}, "not among its users"),
    (People(), {}, "no user or group is included"),
    (People(exclude_groups=OPS), {}, "no user or group is included"),
    (People(include_groups=EVERYONE, exclude_users=ALICE), {}, "this user is excluded"),
    (People(include_users=ALICE, exclude_groups=ENG), {}, "excluded as a member of eng"),
    (
        People(include_groups=EVERYONE, exclude_groups=EVERYONE),
        {},
        "excluded as a member of EVERYONE",
    ),
    (People(include_groups=EVERYONE), {"user": None}, "the user is unknown"),
    (People(include_groups=EVERYONE), {"groups": None}, "the user's groups are unknown"),
    (People(include_users=ALICE), {"groups": None}, "the user's groups are unknown"),
    (
        People(include_groups=EVERYONE, exclude_users=frozenset({"bob"})),
        {"groups": None},
        "the user's groups are unknown",
    ),
    (People(), {"grant": "client_credentials"}, ""),
    (People(exclude_groups=ENG), {"grant": "client_credentials"}, ""),
]


@pytest.mark.parametrize(("condition", "facts", "why_not"), TABLE)
def test_exclusion_wins_and_missing_facts_never_match(
    condition: People, facts: Spec, why_not: str
) -> None:
    request = ask(simple_request(**facts))
    assert condition.matches(request) == (not why_not)
    assert condition.why_not(request) == why_not


def test_a_fault_names_groups_by_reference() -> None:
    fault = People(include_groups=OPS).fault(ask(simple_request()))
    assert plain(fault, NAMES) == "not in Operations"
    assert [(part.kind, part.ref) for part in fault] == [("text", ""), ("group", "ops")]


def test_its_row_reads_back() -> None:
    row = {"type": "people", "include_groups": ["EVERYONE"], "exclude_users": ["alice", "bob"]}
    condition = load(row)
    assert not isinstance(condition, str)
    assert dump(condition) == row


def test_everyone_cannot_be_excluded() -> None:
    row = {"type": "people", "exclude_groups": ["EVERYONE"]}
    assert load(row) == "people: EVERYONE cannot be excluded"


SENTENCES = [
    (People(include_groups=ENG), "people in Engineering"),
    (People(include_groups=ENG | OPS), "people in Engineering or Operations"),
    (
        People(include_groups=ENG, exclude_groups=frozenset({"ext"})),
        "people in Engineering, except Contractors,",
    ),
    (People(include_groups=EVERYONE), "anyone assigned"),
    (People(include_users=ALICE), "alice"),
    (People(), "nobody"),
]


@pytest.mark.parametrize(("condition", "expected"), SENTENCES)
def test_its_sentence(condition: People, expected: str) -> None:
    assert plain(condition.sentence(), NAMES) == expected
