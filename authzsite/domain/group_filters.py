"""Group claims: which of a user's groups go into a token (Okta's four filter types).

STARTS_WITH, EQUALS and CONTAINS ignore case, REGEX doesn't. A regular expression must match the
whole name. It runs in RE2, which has no backtracking: time is linear in the name whatever an
administrator wrote (rows 279, 321), and patterns that need backtracking are refused.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import re2  # type: ignore[import-untyped]

from authzsite.domain import limits

STARTS_WITH: Final = "STARTS_WITH"
EQUALS: Final = "EQUALS"
CONTAINS: Final = "CONTAINS"
REGEX: Final = "REGEX"
FILTER_TYPES: Final = (STARTS_WITH, EQUALS, CONTAINS, REGEX)

_PLAIN: Final[dict[str, Callable[[str, str], bool]]] = {
    STARTS_WITH: str.startswith,
    EQUALS: str.__eq__,
    CONTAINS: str.__contains__,
}


@dataclass(frozen=True, slots=True)
class TooManyGroups:
    """More groups match than a claim may hold; the request fails, nothing is cut off silently.

    Internal reason `too_many_groups_in_groups_claim`.
    """

    count: int
    limit: int = limits.MAX_GROUPS_IN_CLAIM


def filter_problem(kind: str, value: str) -> str | None:
    """Why a group filter can't be stored, or None. The text is a predicate about the value."""
    if kind not in FILTER_TYPES:
        return "has an unknown filter type"
    if not 0 < len(value) <= limits.MAX_FILTER_LENGTH:
        return f"must have 1 to {limits.MAX_FILTER_LENGTH} characters"
    if kind == REGEX and compile_regex(value) is None:
        return "must be a regular expression without look-around and back references"
    return None


def select_groups(kind: str, value: str, names: Iterable[str]) -> tuple[str, ...] | TooManyGroups:
    """The names that match, in the order given.

    A filter that could not have been stored selects nothing: doubt never adds a group.
    """
    found = tuple(name for name in names if matches_group(kind, value, name))
    too_many = len(found) > limits.MAX_GROUPS_IN_CLAIM
    return TooManyGroups(len(found)) if too_many else found


def matches_group(kind: str, value: str, name: str) -> bool:
    """Whether one group's name passes the filter."""
    if kind == REGEX:
        return matches_regex(value, name)
    plain = _PLAIN.get(kind)
    return plain is not None and plain(name.casefold(), value.casefold())


def matches_regex(pattern: str, name: str) -> bool:
    """Whether the whole name matches; False for a pattern that can't be compiled."""
    matcher = compile_regex(pattern)
    return matcher is not None and matcher(name)


@lru_cache(maxsize=256)
def compile_regex(pattern: str) -> Callable[[str], bool] | None:
    """A linear-time whole-name matcher, or None when RE2 refuses the pattern or its size."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = limits.REGEX_MEMORY_BYTES
    try:
        compiled = re2.compile(pattern, options)
    except (re2.error, UnicodeError):
        return None
    return lambda name: _is_match(compiled, name)


def _is_match(compiled: "re2.Pattern", name: str) -> bool:
    try:
        return compiled.fullmatch(name) is not None
    except UnicodeError:  # a lone surrogate is no text
        return False
