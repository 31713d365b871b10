"""What would mend a denial or a narrowed grant: single changes, each tried with `evaluate` before
it is suggested.

`apply_fix` carries a fix out on the facts, so that a console can show the changed decision, and the
draft of the change, by the same function that decides.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import Final

from authzsite.domain import vocabulary as v
from authzsite.domain.access_request import AccessRequest
from authzsite.domain.evaluation import evaluate
from authzsite.domain.fix_application import apply_fix
from authzsite.domain.fix_candidates import of_facts, of_policies, of_rule, of_scopes
from authzsite.domain.policy_types import Decision, PolicyBook
from authzsite.domain.trace import (
    ACTIVATE_USER,
    ASSIGN_USER,
    DEFINE_SCOPES,
    REPAIR_RULE,
    Fix,
    NearestMiss,
)

__all__ = ["apply_fix", "suggest_fixes"]

MOST: Final = 6
"""How many fixes are suggested at most."""
_FIRST_STEPS: Final = frozenset({ACTIVATE_USER, ASSIGN_USER, DEFINE_SCOPES})
"""Kinds worth saying even if another obstacle follows."""


def suggest_fixes(
    book: PolicyBook,
    request: AccessRequest,
    decision: Decision,
    miss: NearestMiss | None,
    names: Mapping[str, str],
) -> tuple[Fix, ...]:
    """The changes that work, and those that remove the first of several obstacles. None when all
    that was asked is granted.
    """
    if decision.is_allowed and not _lacking(decision):
        return ()
    candidates = chain(
        of_scopes(book, request, decision),
        of_facts(request, decision),
        of_rule(book, request, decision, miss, names),
        of_policies(book, request, decision),
    )
    tried = tuple(_tried(book, request, decision, candidates))
    return tuple(sorted(tried, key=lambda fix: not fix.suffices))[:MOST]


def _lacking(decision: Decision) -> tuple[str, ...]:
    """What was asked and isn't granted; an ignored `offline_access` isn't missed."""
    return tuple(
        scope for scope, reason in decision.dropped if reason != v.REASON_REFRESH_NOT_ENABLED
    )


def _tried(
    book: PolicyBook, request: AccessRequest, before: Decision, fixes: Iterable[Fix]
) -> Iterator[Fix]:
    """Each fix with its true `suffices`, one of a kind; one that changes nothing for the better is
    left out.
    """
    seen: set[tuple[str, str]] = set()
    for fix in fixes:
        if (fix.kind, fix.group_id) in seen:
            continue
        after = evaluate(*apply_fix(book, request, fix))
        if _is_better(before, after, fix):
            seen.add((fix.kind, fix.group_id))
            yield replace(fix, suffices=after.is_allowed and not _lacking(after))


def _is_better(before: Decision, after: Decision, fix: Fix) -> bool:
    if before.is_allowed:
        return after.is_allowed and len(_lacking(after)) < len(_lacking(before))
    return (
        after.is_allowed
        or fix.kind == REPAIR_RULE
        or (fix.kind in _FIRST_STEPS and after.reason != before.reason)
    )
