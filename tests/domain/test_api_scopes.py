"""P4 for both spellings of a scope: `okta.*` and patterns, against a reference that expands them
over every path to depth 4 (R20-R22, rows 262, 269-271)."""

import itertools
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from random import Random
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authzsite.domain.api_scopes import okta_scopes, patterns_of, permits, stored_patterns_of
from authzsite.domain.pattern_delegation import excess
from authzsite.domain.pattern_grants import grant
from authzsite.domain.pattern_scopes import covers

Path = tuple[str, ...]
# `z` is in no scope below, so none can list the whole alphabet.
ALPHABET: Final = ("api", "v1", "oauth2", "users", "apps", "clients", "sessions", "secrets", "z")
UNIVERSE: Final = [p for n in range(5) for p in itertools.product(ALPHABET, repeat=n)]
METHODS: Final = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "BREW")
READS: Final = {"GET", "HEAD", "OPTIONS"}

# What the scopes mean, said a second time and in another way.
BELOW: Final[dict[str, Callable[[Path], bool]]] = {
    "users": lambda p: p[:3] == ("api", "v1", "users"),
    "apps": lambda p: p[:3] == ("api", "v1", "apps"),
    "clients": lambda p: p[:3] == ("oauth2", "v1", "clients"),
    "sessions": lambda p: len(p) == 5 and p[:3] == ("api", "v1", "users") and p[4] == "sessions",
}
OKTA: Final = st.sampled_from([f"okta.{r}.{level}" for r in BELOW for level in ("read", "manage")])
PATHS: Final = st.sampled_from(
    ["**", "api/**", "api/v1/users", "api/v1/users/*", "api/*/apps/**", "oauth2/v1/clients"]
    + ["api/v1/*/**", "api/v1/users/*/sessions", "*/v1/clients/**", "api/v1/apps/secrets"]
)
PATTERNS: Final = st.builds("{}:{}".format, st.sampled_from(["*", ".", "-"]), PATHS)
NOTHING: Final = st.sampled_from(
    ["openid", "okta.users", "okta.users.write", "okta.nothing.read", "Okta.users.read"]
    + ["okta.users.read.x", "okta..manage", "okta.USERS.manage", ""]
)
SCOPES: Final = st.one_of(OKTA, PATTERNS, NOTHING)


def is_secret(path: Path) -> bool:
    return "secrets" in path or path[-1:] == ("secret",)


@cache
def expand(pattern: str) -> frozenset[Path]:
    """The paths of the universe that a pattern's path matches, by brute force."""
    return frozenset(p for p in UNIVERSE if _fits(tuple(pattern.split("/")), p))


def _fits(pattern: Path, path: Path) -> bool:
    if pattern == ("**",):
        return True
    if not pattern or not path:
        return not pattern and not path
    return pattern[0] in ("*", path[0]) and _fits(pattern[1:], path[1:])


@cache
def expand_below(pattern: str) -> frozenset[Path]:
    """The same, and every path below one."""
    found = expand(pattern)
    return frozenset(p for p in UNIVERSE if any(p[:n] in found for n in range(len(p) + 1)))


@cache
def meant(scope: str) -> tuple[str, frozenset[Path]]:
    """Sign and paths of a scope; no sign for one that means nothing."""
    if ":" in scope:
        sign, _, path = scope.partition(":")
        return sign, expand_below(path) if sign == "-" else expand(path)
    words = scope.split(".")
    sign = {"read": ".", "manage": "*"}.get(words[-1], "")
    if len(words) != 3 or words[0] != "okta" or words[1] not in BELOW or not sign:
        return "", frozenset()
    return sign, frozenset(p for p in UNIVERSE if BELOW[words[1]](p))


def reference(scopes: Iterable[str], method: str) -> set[Path]:
    granted: set[Path] = set()
    denied: set[Path] = set()
    for scope in scopes:
        sign, paths = meant(scope)
        if sign == "-":
            denied |= paths
        elif sign == "*":
            granted |= paths
        elif sign == "." and method in READS:
            granted |= {p for p in paths if not is_secret(p)}
    return granted - denied


def reach(scopes: Sequence[str], method: str) -> set[Path]:
    return {p for p in UNIVERSE if permits(scopes, method, p)}


@settings(max_examples=60, deadline=None)
@given(st.lists(SCOPES, max_size=4), st.sampled_from(METHODS))
def test_p4_a_token_reaches_what_the_reference_says(scopes: list[str], method: str) -> None:
    assert reach(scopes, method) == reference(scopes, method)


@pytest.mark.parametrize("scope", okta_scopes())
@pytest.mark.parametrize("method", METHODS)
def test_p4_read_only_reads_and_manage_does_everything(scope: str, method: str) -> None:
    reads = scope.endswith(".read")
    for pattern in patterns_of(scope):
        path = tuple("x" if part == "*" else part for part in pattern.fixed)
        assert permits([scope], method, path) is (method in READS or not reads)
        assert not permits([scope], method, ("api", "v2", *path[2:]))
        assert not permits([scope], method, ("org", "config", "clients"))


@settings(max_examples=60, deadline=None)
@given(SCOPES, SCOPES)
def test_p4_coverage_is_inclusion_of_paths_and_actions(allowed: str, wanted: str) -> None:
    """A scope that is granted asks for no more than one that is allowed (R21)."""
    signs = (meant(allowed)[0], meant(wanted)[0])
    if "-" in signs or "" in signs or "sessions" in allowed + wanted:
        return  # a denial covers nothing, and sessions lie below the universe
    is_included = signs[0] in ("*", signs[1]) and meant(wanted)[1] <= meant(allowed)[1]
    is_covered = all(
        any(covers(one, two) for one in patterns_of(allowed)) for two in patterns_of(wanted)
    )
    assert is_covered is is_included
    assert bool(grant([wanted], [allowed]).granted) is is_included


@settings(max_examples=60, deadline=None)
@given(
    st.lists(SCOPES, max_size=3), st.lists(SCOPES, max_size=4), st.sampled_from(["GET", "DELETE"])
)
def test_row_270_nothing_is_granted_beyond_request_and_policy(
    requested: list[str], allowed: list[str], method: str
) -> None:
    got = reach(grant(requested, allowed).scopes, method)
    assert got <= reach(allowed, method) & reach(requested, method)


@settings(max_examples=60, deadline=None)
@given(st.lists(SCOPES, max_size=3), st.lists(SCOPES, max_size=3), st.sampled_from(["GET", "PUT"]))
def test_row_260_what_may_be_handed_out_reaches_no_further_than_its_giver(
    own: list[str], given: list[str], method: str
) -> None:
    if excess(own, given) is None:
        assert reach(given, method) <= reach(own, method)


@settings(max_examples=40, deadline=None)
@given(st.lists(SCOPES, max_size=4), st.randoms(use_true_random=False))
def test_row_269_order_and_repetition_mean_nothing(scopes: list[str], random: Random) -> None:
    shuffled = scopes * 2
    random.shuffle(shuffled)
    assert reach(shuffled, "GET") == reach(scopes, "GET")


@pytest.mark.parametrize("scope", [s for s in okta_scopes() if s.endswith(".read")])
def test_row_271_reading_reaches_no_secret(scope: str) -> None:
    for pattern in patterns_of(scope):
        path = tuple("x" if part == "*" else part for part in pattern.fixed)
        for tail in (("secret",), ("secrets",), ("x", "credentials", "secrets", "y")):
            assert not permits([scope], "GET", (*path, *tail))


@pytest.mark.parametrize(
    "scope",
    ["okta.users.READ", "okta.users.", "okta..read", "okta.users.read.read", "okta", "okta.users:x"]
    + ["oktа.users.read", "okta.users.read ", " okta.users.read", "okta.u*.read", "okta.*.read"],
)
def test_what_only_looks_like_a_scope_of_oktas_grants_nothing(scope: str) -> None:
    assert not any(pattern.action != "-" for pattern in stored_patterns_of(scope))
    for path in UNIVERSE:
        assert not permits([scope], "GET", path)


def test_the_scopes_are_those_of_the_dialect_and_the_log_is_only_read() -> None:
    resources = {scope.split(".")[1] for scope in okta_scopes()}
    assert {"authorizationServers", "apps", "clients", "users", "groups", "logs"} <= resources
    assert "okta.logs.read" in okta_scopes() and "okta.logs.manage" not in okta_scopes()
    assert len(set(okta_scopes())) == len(okta_scopes())
