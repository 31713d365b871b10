"""Whether a token's pattern and `okta.*` scopes reach a method and path, and what would (R20-R22).

For people who ask; calls themselves are judged by `api_scopes.permits`, and so is this.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from authzsite.domain.api_scopes import okta_scopes, permits
from authzsite.domain.pattern_scopes import (
    BadPath,
    request_segments,
    smallest_scope_for,
)

EVERYTHING: Final = "*:**"


@dataclass(frozen=True, slots=True)
class Reach:
    """The answer. `smallest` are the least pattern scope that would do, and the least of Okta's,
    empty where none of those does; `denied_by`: the token's own scopes that take it away."""

    is_reached: bool
    method: str
    path: str
    scope_used: str = ""
    denied_by: tuple[str, ...] = ()
    smallest: str = ""
    smallest_okta: str = ""
    problem: str = ""
    """Why the path is refused before it is matched (400)."""

    @property
    def sentence(self) -> str:
        """For people."""
        call = f"{self.method} /{self.path}"
        if self.problem:
            return f"The path is refused before any scope is looked at: {self.problem}."
        if self.is_reached:
            return f"{self.scope_used} reaches {call}."
        if self.denied_by:
            return f"{', '.join(self.denied_by)} denies {call}, whatever else is granted."
        okta = f" or {self.smallest_okta}" if self.smallest_okta else ""
        return f"No scope of the token reaches {call}; it takes {self.smallest}{okta}."


def reach_of(scopes: Iterable[str], method: str, path: str, organization: str) -> Reach:
    """What a token with these scopes may do there. `path` is as it would be sent; the organisation,
    with which those of Identity Cloud's dialect begin, is no part of what scopes name."""
    scopes, method = tuple(scopes), method.upper()
    raw = path.partition("?")[0].removeprefix("/")
    raw = raw.removeprefix(f"{organization}/") if organization else raw
    segments = request_segments(raw)
    if isinstance(segments, BadPath):
        return Reach(False, method, raw, problem=segments.reason)
    least = smallest_scope_for(method, segments)
    known = Reach(False, method, raw, smallest=least, smallest_okta=_okta(method, segments))
    if permits(scopes, method, segments):
        used = next((one for one in scopes if permits((one,), method, segments)), "")
        return replace(known, is_reached=True, scope_used=used)
    return replace(known, denied_by=_deniers(scopes, method, segments))


def _okta(method: str, segments: Sequence[str]) -> str:
    """The first that does; reading comes before managing."""
    return next((one for one in okta_scopes() if permits((one,), method, segments)), "")


def _deniers(scopes: Sequence[str], method: str, segments: Sequence[str]) -> tuple[str, ...]:
    """Those that take the call even from a token that may do everything."""
    return tuple(one for one in scopes if not permits((EVERYTHING, one), method, segments))
