"""What a request asks for in scopes, before any rule is looked at (design rules R3, R4, R10).

Decided here, where the sources leave it open:
- `offline_access` of a client without the refresh_token grant is ignored in both modes, as though
  it hadn't been asked for.
- Every OIDC scope but `openid`, so `offline_access` and `groups` too, needs `openid` beside it.
- A grant without a user gets no OIDC scope at all: they all speak about a user.
"""

from typing import Final, NamedTuple

from authzsite.domain import vocabulary as v
from authzsite.domain.access_request import AccessRequest
from authzsite.domain.policy_types import DroppedScope, PolicyBook


class ScopePlan(NamedTuple):
    """The requested scopes, sorted out."""

    wanted: tuple[str, ...]
    """What is left to grant, in the order of the request: OIDC scopes and defined custom scopes."""
    custom: tuple[str, ...]
    """The custom ones among them, which a rule has to cover."""
    dropped: tuple[DroppedScope, ...] = ()
    """What isn't left and why; with a fault, the scopes at fault."""
    fault: str = ""
    """The reason for which reject mode refuses the request whatever the policies say; empty
    otherwise.
    """
    uses_defaults: bool = False
    """Whether the request names no scope, so that the defaults which the rule allows are granted.
    """


_DEFAULTS: Final = ScopePlan((), (), uses_defaults=True)


def resolve_scopes(book: PolicyBook, request: AccessRequest) -> ScopePlan:
    """Sort the requested scopes out; reject mode faults what narrow mode drops."""
    asked = request.asked
    if not asked:
        return _DEFAULTS
    if v.OIDC_SCOPES.isdisjoint(asked) and all(name in book.scopes for name in asked):
        return ScopePlan(asked, asked)
    return _sort_out(book, request, asked)


def _sort_out(book: PolicyBook, request: AccessRequest, asked: tuple[str, ...]) -> ScopePlan:
    ignored = _ignored(request, asked)
    remaining = tuple(name for name in asked if name not in ignored)
    notes = tuple(DroppedScope(name, v.REASON_REFRESH_NOT_ENABLED) for name in ignored)
    if not remaining:
        return _DEFAULTS._replace(dropped=notes)
    refused = _refused(book, request, remaining)
    if refused and book.scope_mode != v.SCOPE_MODE_NARROW:
        return _fault(refused)
    barred = {scope for scope, _ in refused}
    wanted = tuple(name for name in remaining if name not in barred)
    return ScopePlan(
        wanted, tuple(name for name in wanted if name not in v.OIDC_SCOPES), notes + refused
    )


def _ignored(request: AccessRequest, asked: tuple[str, ...]) -> tuple[str, ...]:
    ignores = (
        request.stands_for_user and not request.client_may_refresh and v.OFFLINE_ACCESS in asked
    )
    return (v.OFFLINE_ACCESS,) if ignores else ()


def _refused(
    book: PolicyBook, request: AccessRequest, names: tuple[str, ...]
) -> tuple[DroppedScope, ...]:
    """The scopes that no rule can grant to this request, in order."""
    judged = ((name, _reason(book, request, names, name)) for name in names)
    return tuple(DroppedScope(name, reason) for name, reason in judged if reason)


def _reason(book: PolicyBook, request: AccessRequest, names: tuple[str, ...], name: str) -> str:
    if name not in v.OIDC_SCOPES:
        return "" if name in book.scopes else v.REASON_NO_MATCHING_SCOPE
    if not request.stands_for_user:
        return v.REASON_OPENID_NOT_ALLOWED_CLIENT_CREDS
    return "" if v.OPENID in names else v.REASON_OPENID_SCOPE_REQUIRED


def _fault(refused: tuple[DroppedScope, ...]) -> ScopePlan:
    """One reason for the whole request: an undefined scope comes before a misplaced OIDC scope."""
    reasons = {reason for _, reason in refused}
    first = (
        v.REASON_NO_MATCHING_SCOPE if v.REASON_NO_MATCHING_SCOPE in reasons else refused[0].reason
    )
    return ScopePlan((), (), tuple(one for one in refused if one.reason == first), first)
