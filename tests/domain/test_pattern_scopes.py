"""R20-R22: path-pattern scopes, against a reference that expands them (P4, rows 262-271)."""

import itertools
from collections.abc import Sequence
from functools import cache
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from authzsite.domain.api_scopes import permits
from authzsite.domain.pattern_grants import grant
from authzsite.domain.pattern_scopes import (
    covers,
    parse_pattern,
    smallest_scope_for,
    syntax_problem,
)

# `z` and `*` occur in no literal below, so no pattern can list the whole alphabet.
ALPHABET = ("a", "b", "z", "*")
UNIVERSE = [p for depth in range(5) for p in itertools.product(ALPHABET, repeat=depth)]
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "BREW")
READS = {"GET", "HEAD", "OPTIONS"}

SEGMENTS = st.sampled_from(["a", "b", "*"])
PATHS = st.one_of(
    st.lists(SEGMENTS, min_size=1, max_size=3),
    st.lists(SEGMENTS, max_size=3).map(lambda s: [*s, "**"]),
).map("/".join)
GRANTING = st.builds("{}:{}".format, st.sampled_from(["*", "."]), PATHS)
DENYING = PATHS.map("-:{}".format)
SCOPES = st.one_of(GRANTING, DENYING, st.just("openid"))


@cache
def expand(path: str) -> set[tuple[str, ...]]:
    """All paths of the universe that a pattern's path matches, by brute force."""
    return {p for p in UNIVERSE if _fits(path.split("/"), list(p))}


def _fits(pattern: list[str], path: list[str]) -> bool:
    if pattern == ["**"]:
        return True
    if not pattern or not path:
        return not pattern and not path
    return pattern[0] in ("*", path[0]) and _fits(pattern[1:], path[1:])


@cache
def expand_below(path: str) -> set[tuple[str, ...]]:
    """The same and every path below."""
    return {p for p in UNIVERSE if any(p[:n] in expand(path) for n in range(len(p) + 1))}


def reference_reach(scopes: Sequence[str], method: str) -> set[tuple[str, ...]]:
    granted, denied = set(), set()
    for scope in scopes:
        action, _, path = scope.partition(":")
        if action == "-":
            denied |= expand_below(path)
        elif action == "*" or (action == "." and method in READS):
            granted |= expand(path)
    return granted - denied


def reach(scopes: Sequence[str], method: str) -> set[tuple[str, ...]]:
    return {p for p in UNIVERSE if permits(scopes, method, p)}


@given(st.lists(SCOPES, max_size=4), st.sampled_from(METHODS))
def test_a_token_reaches_what_its_grants_match_minus_what_its_denials_reach(
    scopes: list[str], method: str
) -> None:
    assert reach(scopes, method) == reference_reach(scopes, method)


@given(GRANTING, GRANTING)
def test_coverage_is_inclusion_of_paths_and_actions(allowed: str, requested: str) -> None:
    is_included = expand(requested[2:]) <= expand(allowed[2:]) and allowed[0] in ("*", requested[0])
    one, two = parse_pattern(allowed), parse_pattern(requested)
    assert one and two and covers(one, two) == is_included


@given(st.lists(SCOPES, max_size=4), st.lists(SCOPES, max_size=4), st.sampled_from(METHODS))
def test_a_grant_never_exceeds_the_policy_nor_the_request_row_270(
    requested: list[str], allowed: list[str], method: str
) -> None:
    got = reach(grant(requested, allowed).scopes, method)
    assert got <= reach(allowed, method)
    assert got <= reach(requested, method)


@given(st.lists(SCOPES, max_size=4), st.randoms(use_true_random=False))
def test_order_and_duplicates_are_irrelevant_row_269(scopes: list[str], random: Random) -> None:
    shuffled = scopes * 2
    random.shuffle(shuffled)
    assert reach(shuffled, "PUT") == reach(scopes, "PUT")


@given(st.lists(SCOPES, max_size=3), SCOPES)
def test_a_denial_only_takes_away(scopes: list[str], added: str) -> None:
    one, two = reach(scopes, "GET"), reach([*scopes, added], "GET")
    assert two <= one if added.startswith("-") else two >= one


@given(st.lists(DENYING, max_size=4), st.sampled_from(METHODS))
def test_denials_alone_permit_nothing_row_269(scopes: list[str], method: str) -> None:
    assert reach(scopes, method) == set()


@given(GRANTING)
def test_every_scope_covers_itself_and_is_granted_as_written(scope: str) -> None:
    assert grant([scope], [scope]).scopes == (scope,)


@given(st.sampled_from(METHODS), st.lists(st.text(max_size=5), max_size=6).map(tuple))
def test_the_smallest_scope_is_well_formed_and_permits_the_call(
    method: str, segments: tuple[str, ...]
) -> None:
    scope = smallest_scope_for(method, segments)
    assert syntax_problem(scope) is None
    assert permits([scope], method, segments)
