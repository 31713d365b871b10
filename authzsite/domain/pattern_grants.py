"""Which pattern scopes a configuration token gets (R21): what was asked, as far as allowed.

A scope is granted as it was written or dropped whole; nothing is narrowed or widened. A denial
in the request only takes away, so it is always kept: dropping it would give more than was asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from authzsite.domain.api_scopes import patterns_of, patterns_to_give, stored_patterns_of
from authzsite.domain.pattern_scopes import covers

UNKNOWN_SCOPE: Final = "unknown_scope"  # no pattern scope and no allowed name
NOT_COVERED: Final = "not_covered"  # no single allowed scope permits as much


@dataclass(frozen=True, slots=True)
class Dropped:
    """A requested scope that was not granted, and the reason for the log (R3 narrow)."""

    scope: str
    reason: str


@dataclass(frozen=True, slots=True)
class GrantedPatterns:
    """What a request gets: `granted` in the order asked, `denies` of the policy as written."""

    granted: tuple[str, ...]
    dropped: tuple[Dropped, ...]
    denies: tuple[str, ...]

    @property
    def scopes(self) -> tuple[str, ...]:
        """The token's scopes; empty when nothing was granted (R3: `scope` is then absent)."""
        return tuple(dict.fromkeys((*self.granted, *self.denies))) if self.granted else ()


def grant(requested: Sequence[str], allowed: Sequence[str]) -> GrantedPatterns:
    """Splits a request into granted and dropped; duplicates collapse, order is kept."""
    judged = {scope: _refusal(scope, allowed) for scope in requested}
    return GrantedPatterns(
        granted=tuple(scope for scope, reason in judged.items() if reason is None),
        dropped=tuple(Dropped(scope, reason) for scope, reason in judged.items() if reason),
        denies=tuple(dict.fromkeys(scope for scope in allowed if _is_denial(scope))),
    )


def _refusal(scope: str, allowed: Sequence[str]) -> str | None:
    if ":" not in scope and scope in allowed:
        return None
    wanted = patterns_to_give(scope)
    if not wanted:
        return UNKNOWN_SCOPE
    if wanted[0].action == "-":
        return None
    patterns = [pattern for text in allowed for pattern in patterns_of(text)]
    is_covered = all(any(covers(p, one) for p in patterns) for one in wanted)
    return None if is_covered else NOT_COVERED


def _is_denial(scope: str) -> bool:
    return any(pattern.action == "-" for pattern in stored_patterns_of(scope))
