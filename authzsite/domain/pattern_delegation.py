"""Nobody gives away more than they have: pattern scopes of a caller against those it hands out.

Whoever may write token policies, give them to clients or reset secrets could otherwise make
itself a stronger client (row 260).
"""

from collections.abc import Sequence

from authzsite.domain.api_scopes import patterns_to_give, stored_patterns_of
from authzsite.domain.pattern_scopes import PatternScope, covers


def excess(own: Sequence[str], given: Sequence[str]) -> str | None:
    """The first granting scope of `given` that permits more than `own` does, or None.

    Conservative: a scope must be covered by a single one of `own`, and where a denial of `own`
    could reach into it, `given` must deny at least as much. Plain names reach nothing.
    """
    mine = [pattern for scope in own for pattern in stored_patterns_of(scope)]
    grants = [pattern for pattern in mine if pattern.action != "-"]
    kept = [p for scope in given for p in stored_patterns_of(scope) if p.action == "-"]
    open_denials = [p for p in mine if p.action == "-" and not any(_includes(k, p) for k in kept)]
    for scope in given:
        for wanted in patterns_to_give(scope):
            if wanted.action == "-":
                continue
            is_covered = scope in own or any(covers(pattern, wanted) for pattern in grants)
            if not is_covered or any(_may_meet(wanted, denial) for denial in open_denials):
                return scope
    return None


def _includes(outer: PatternScope, inner: PatternScope) -> bool:
    """Whether one denial reaches everything that another does."""
    mine, theirs = outer.fixed, inner.fixed
    return len(mine) <= len(theirs) and all(
        a in {"*", b} for a, b in zip(mine, theirs, strict=False)
    )


def _may_meet(grant: PatternScope, denial: PatternScope) -> bool:
    """Whether some path is granted by the one and reached by the other."""
    if not grant.is_open and len(grant.fixed) < len(denial.fixed):
        return False
    pairs = zip(grant.fixed, denial.fixed, strict=False)
    return all(a == b or "*" in {a, b} for a, b in pairs)
