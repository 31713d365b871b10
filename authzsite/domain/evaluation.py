"""evaluate(): the one function that decides who gets which token (design rules R3, R4, R6 to R10,
section 4).

Total and pure: no I/O, no clock, no exceptions, no logging. The order is fixed: scopes as asked,
the user's status, the assignment, then policies by priority and their rules by priority. The first
rule that matches everything decides; nothing decides by default.
"""

from typing import NamedTuple

from authzsite.domain import vocabulary as v
from authzsite.domain.access_request import AccessRequest
from authzsite.domain.policy_types import (
    ALLOW,
    DENY,
    Decision,
    DroppedScope,
    Policy,
    PolicyBook,
    Rule,
)
from authzsite.domain.requested_scopes import ScopePlan, resolve_scopes
from authzsite.domain.token_policy import evaluate_token_policy


class Stop(NamedTuple):
    """A rule at which reading can end, and the requested custom scopes that it doesn't cover."""

    policy: Policy
    rule: Rule
    missing: tuple[str, ...] = ()


def evaluate(book: PolicyBook, request: AccessRequest) -> Decision:
    """The decision about one request."""
    refusal = refuse_user(request) if request.stands_for_user else None
    if request.token_policy is not None:
        return refusal or evaluate_token_policy(request.token_policy, request.requested_scopes)
    plan = resolve_scopes(book, request)
    if plan.fault:
        return Decision(DENY, v.INVALID_SCOPE, plan.fault, dropped=plan.dropped)
    return refusal or _decide(book, request, plan)


def refuse_user(request: AccessRequest) -> Decision | None:
    """The denial of a user who isn't ACTIVE (R7) or isn't assigned to the client (R6); None when
    neither is in the way.
    """
    if request.user_id is None or request.user_status != v.USER_ACTIVE:
        expired = request.user_status == v.USER_PASSWORD_EXPIRED
        return Decision(
            DENY,
            v.ACCESS_DENIED,
            v.REASON_PASSWORD_EXPIRED if expired else v.REASON_INVALID_USER_STATUS,
        )
    return (
        None
        if request.assignment_paths
        else Decision(DENY, v.ACCESS_DENIED, v.REASON_USER_NOT_ASSIGNED)
    )


def _decide(book: PolicyBook, request: AccessRequest, plan: ScopePlan) -> Decision:
    is_narrow = book.scope_mode == v.SCOPE_MODE_NARROW
    stop, misses = read_policies(book, request, plan.custom)
    if stop is None and is_narrow:
        stop = next(
            (miss for miss in misses if len(miss.missing) < len(plan.custom)),
            misses[0] if misses else None,
        )
    if stop is None:
        return _deny_unmatched(plan, misses)
    if stop.rule.broken is not None:
        return _deny_at(stop, v.ACCESS_DENIED, v.REASON_BROKEN_RULE)
    return _grant(book, request, plan, stop)


def read_policies(
    book: PolicyBook, request: AccessRequest, custom: tuple[str, ...]
) -> tuple[Stop | None, list[Stop]]:
    """Read from the top: the first rule that matches or is broken, and the rules before it that
    fail on nothing but scopes.
    """
    client_id = request.client_id
    misses: list[Stop] = []
    for policy in book.policies:
        if not policy.is_active or (
            policy.client_ids is not None and client_id not in policy.client_ids
        ):
            continue
        for rule in policy.rules:
            if not rule.is_active:
                continue
            if rule.broken is not None:
                return Stop(policy, rule), misses
            if not _passes_gates(rule, request):
                continue
            missing = missing_scopes(rule, custom)
            if not missing:
                return Stop(policy, rule), misses
            misses.append(Stop(policy, rule, missing))
    return None, misses


def _passes_gates(rule: Rule, request: AccessRequest) -> bool:
    for condition in rule.gates:  # noqa: SIM110 - all() makes a generator per rule on the hot path
        if not condition.matches(request):
            return False
    return True


def missing_scopes(rule: Rule, custom: tuple[str, ...]) -> tuple[str, ...]:
    """The custom scopes that the rule doesn't cover, in their order."""
    names = rule.scope_names
    return (
        ()
        if names is None or names.issuperset(custom)
        else tuple([name for name in custom if name not in names])
    )


def _deny_unmatched(plan: ScopePlan, misses: list[Stop]) -> Decision:
    """Nothing matched (R9); the reason says whether it was for scopes alone."""
    if not misses:
        return Decision(DENY, v.ACCESS_DENIED, v.REASON_NO_MATCHING_POLICY)
    missing = min(misses, key=lambda miss: len(miss.missing)).missing
    reason = v.REASON_SCOPE_DENIED if len(missing) < len(plan.custom) else v.REASON_NO_SCOPE_ALLOWED
    return Decision(DENY, v.ACCESS_DENIED, reason, dropped=_as_dropped(missing, reason))


def _grant(book: PolicyBook, request: AccessRequest, plan: ScopePlan, stop: Stop) -> Decision:
    """What the deciding rule gives: at most what was asked, or the defaults that it allows."""
    narrow = book.scope_mode == v.SCOPE_MODE_NARROW
    names = book.default_scopes if plan.uses_defaults else plan.wanted
    barred = missing_scopes(stop.rule, names) if plan.uses_defaults else stop.missing
    granted = tuple([name for name in names if name not in barred]) if barred else names
    if plan.uses_defaults and not granted and not narrow:
        return _deny_at(stop, v.INVALID_SCOPE, v.REASON_NO_DEFAULT_SCOPES)
    dropped = plan.dropped + _as_dropped(stop.missing, v.REASON_SCOPE_DENIED)
    unasked = () if request.stands_for_user else _needing_consent(book, granted)
    if unasked and not narrow:
        return _deny_at(
            stop, v.CONSENT_REQUIRED, v.REASON_CONSENT_REQUIRED_CLIENT_CREDENTIALS, unasked
        )
    if unasked:
        granted = tuple(name for name in granted if name not in unasked)
        dropped += _as_dropped(unasked, v.REASON_CONSENT_REQUIRED_CLIENT_CREDENTIALS)
    return _allow(book, stop, granted, dropped)


def _needing_consent(book: PolicyBook, names: tuple[str, ...]) -> tuple[str, ...]:
    """Scopes that somebody would have to be asked about; a grant without a user has nobody (Okta's
    consent matrix).
    """
    return tuple(
        [
            name
            for name in names
            if name in book.scopes and book.scopes[name].consent == v.CONSENT_MANDATORY
        ]
    )


def _allow(
    book: PolicyBook, stop: Stop, granted: tuple[str, ...], dropped: tuple[DroppedScope, ...]
) -> Decision:
    policy, rule, scopes = stop.policy, stop.rule, book.scopes
    epochs = {policy.epoch, rule.epoch}
    epochs.update([scopes[name].epoch for name in granted if name in scopes])
    return Decision(
        ALLOW,
        "",
        "",
        policy.id,
        policy.name,
        rule.id,
        rule.name,
        granted,
        dropped,
        rule.lifetimes,
        tuple(sorted(epochs)),
    )


def _deny_at(stop: Stop, error: str, reason: str, at_fault: tuple[str, ...] = ()) -> Decision:
    policy, rule = stop.policy, stop.rule
    return Decision(
        DENY,
        error,
        reason,
        policy.id,
        policy.name,
        rule.id,
        rule.name,
        dropped=_as_dropped(at_fault, reason),
    )


def _as_dropped(names: tuple[str, ...], reason: str) -> tuple[DroppedScope, ...]:
    return tuple([DroppedScope(name, reason) for name in names])
