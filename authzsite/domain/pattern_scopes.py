"""Path-pattern scopes of configuration tokens (R20-R22): `action ":" path`.

Action `*` is every method, `.` reading, `-` denial. In the path `*` is exactly one segment and a
final `**` zero or more. A granting scope reaches exactly what it matches, a denial that and
everything below, and denial wins in any order. Plain names such as `openid` reach nothing.
What a request's path is, is read here too, so that matching and routing see one spelling.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal
from urllib.parse import unquote_to_bytes

from authzsite.domain import limits

Action = Literal["*", ".", "-"]

# OPTIONS tells what GET would and changes nothing, so it is read like GET (row 262).
READ_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})

_LITERAL: Final = re.compile(r"[A-Za-z0-9_.~@$+=,-]+")
_ESCAPES: Final = re.compile(r"(?:[^%]|%[0-9A-Fa-f]{2})*", re.DOTALL)
# A decoded segment with one of these could be read as another path (row 265).
_AMBIGUOUS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f/\\%?#;]")


@dataclass(frozen=True, slots=True)
class PatternScope:
    """One parsed scope: its action and its path, `*` and `**` as written."""

    action: Action
    segments: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        """Whether it ends with `**`."""
        return self.segments[-1] == "**"

    @property
    def fixed(self) -> tuple[str, ...]:
        """The segments before a final `**`."""
        return self.segments[:-1] if self.is_open else self.segments


@dataclass(frozen=True, slots=True)
class BadPath:
    """A request path that is refused with 400 before it is matched (R20)."""

    reason: str


def syntax_problem(text: str) -> str | None:
    """Why a scope can't be written into a token policy, or None (rows 268, 269).

    The text follows the scope in a sentence: "'*:conf*' has a sign inside a segment".
    """
    if len(text) > limits.MAX_PATTERN_LENGTH:
        return f"is longer than {limits.MAX_PATTERN_LENGTH} characters"
    action, colon, path = text.partition(":")
    if not colon:
        return "is neither a plain name nor of the form action:path"
    if action not in {"*", ".", "-"}:
        return "has an unknown action; '*', '.' and '-' are known"
    return _path_problem(path.split("/"))


@lru_cache(maxsize=4096)
def parse_pattern(text: str) -> PatternScope | None:
    """The scope, or None when it isn't a well-formed pattern scope."""
    if syntax_problem(text):
        return None
    action, _, path = text.partition(":")
    sign: Action = "*" if action == "*" else "." if action == "." else "-"
    return PatternScope(sign, tuple(path.split("/")))


@lru_cache(maxsize=4096)
def read_stored(text: str) -> PatternScope | None:
    """A scope found in a policy or token, where doubt takes permission away, never adds it.

    An unknown sign (from an import) denies its path, and a denial whose path can't be read
    denies everything. None for plain names and broken granting scopes: they grant nothing.
    """
    if pattern := parse_pattern(text):
        return pattern
    sign, colon, path = text.partition(":")
    if not colon or len(sign) != 1 or sign in "*." or sign.isalnum():
        return None
    return parse_pattern(f"-:{path}") or PatternScope("-", ("**",))


def request_segments(path: str) -> tuple[str, ...] | BadPath:
    """The segments of a request path after one percent-decoding.

    `path` is as sent, still encoded, after the leading slash and the organisation id, without
    query. The caller answers 400 for `BadPath`.
    """
    if len(path) > limits.MAX_PATH_LENGTH or path.count("/") >= limits.MAX_PATH_SEGMENTS:
        return BadPath("too long")
    if not _ESCAPES.fullmatch(path):
        return BadPath("broken percent-encoding")
    try:
        segments = [unquote_to_bytes(part).decode() for part in path.split("/")] if path else []
    except UnicodeError:
        return BadPath("not UTF-8")
    if any(segment in {"", ".", ".."} for segment in segments):
        return BadPath("empty or dot segment")
    if any(map(_AMBIGUOUS.search, segments)):
        return BadPath("character that may not be in a path segment")
    return tuple(segments)


def is_secret_path(segments: Sequence[str]) -> bool:
    """R22: whether a client secret is at this path, so that reading it needs `*`."""
    names = [segment.lower() for segment in segments]
    return "secrets" in names or names[-1:] == ["secret"]


def allows(patterns: Sequence[PatternScope], method: str, segments: Sequence[str]) -> bool:
    """Whether a token that stands for these patterns may do `method` on the path. Linear in its
    input."""
    if any(p.action == "-" and _denies(p, segments) for p in patterns):
        return False
    actions = _actions_for(method, segments)
    return any(p.action in actions and _matches(p, segments) for p in patterns)


def smallest_scope_for(method: str, segments: Sequence[str]) -> str:
    """The least scope that permits the call, for `WWW-Authenticate` (R22).

    A segment that the grammar can't spell becomes `*`; always a valid pattern scope.
    """
    shown = [s if _is_literal(s) else "*" for s in segments[: limits.MAX_PATTERN_SEGMENTS - 1]]
    if len(segments) != len(shown) or not shown:
        shown.append("**")
    scope = f"{_actions_for(method, segments)[0]}:{'/'.join(shown)}"
    return scope if parse_pattern(scope) else f"{scope[0]}:**"


def covers(allowed: PatternScope, requested: PatternScope) -> bool:
    """R21: whether `allowed` has at least the actions and the paths of `requested`.

    A denial asks for nothing, and covers nothing.
    """
    if "-" in {allowed.action, requested.action} or allowed.action not in {"*", requested.action}:
        return False
    mine, theirs = allowed.fixed, requested.fixed
    fits = len(mine) <= len(theirs) if allowed.is_open else len(mine) == len(theirs)
    if not fits or (requested.is_open and not allowed.is_open):
        return False
    return all(a in {"*", r} for a, r in zip(mine, theirs, strict=False))


def _actions_for(method: str, segments: Sequence[str]) -> tuple[Action, ...]:
    """The granting actions that allow a method on a path, the least first."""
    return (".", "*") if method in READ_METHODS and not is_secret_path(segments) else ("*",)


def _matches(pattern: PatternScope, segments: Sequence[str]) -> bool:
    is_long_enough = pattern.is_open or len(segments) == len(pattern.fixed)
    return is_long_enough and _denies(pattern, segments)


def _denies(pattern: PatternScope, segments: Sequence[str]) -> bool:
    """Whether the path or one above it matches: what a denial reaches."""
    fixed = pattern.fixed
    if len(segments) < len(fixed):
        return False
    return all(p in {"*", s} for p, s in zip(fixed, segments, strict=False))


def _is_literal(segment: str) -> bool:
    return segment not in {".", ".."} and _LITERAL.fullmatch(segment) is not None


def _path_problem(segments: list[str]) -> str | None:
    if len(segments) > limits.MAX_PATTERN_SEGMENTS:
        return f"has more than {limits.MAX_PATTERN_SEGMENTS} segments"
    if "" in segments:
        return "has an empty segment, or a slash at an end"
    if "**" in segments[:-1]:
        return "has '**' before its end"
    if any("*" in s and s not in {"*", "**"} for s in segments):
        return "has '*' inside a segment; '*' stands for a whole one"
    if not all(s in {"*", "**"} or _is_literal(s) for s in segments):
        return "has a segment with a character that paths don't have"
    return None
