"""Carrying a fix out on the facts: the book and the request as they would be after it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from authzsite.domain import trace as t
from authzsite.domain.access_request import AccessRequest, AssignmentPath
from authzsite.domain.conditions import Condition, GrantTypes, People, Scopes
from authzsite.domain.policy_types import Policy, PolicyBook, Rule, ScopeFact
from authzsite.domain.vocabulary import CONSENT_IMPLICIT, USER_ACTIVE


def apply_fix(
    book: PolicyBook, request: AccessRequest, fix: t.Fix
) -> tuple[PolicyBook, AccessRequest]:
    """The changed facts. A fix that only a person can carry out (`repair_rule`) changes nothing."""
    if change_request := _REQUEST_CHANGES.get(fix.kind):
        return book, change_request(request, fix)
    change_book = _BOOK_CHANGES.get(fix.kind)
    return (change_book(book, fix) if change_book else book), request


def _drop_scopes(request: AccessRequest, fix: t.Fix) -> AccessRequest:
    return replace(
        request, requested_scopes=tuple(name for name in request.asked if name not in fix.scopes)
    )


def _ask_for(request: AccessRequest, fix: t.Fix) -> AccessRequest:
    return replace(request, requested_scopes=(*request.asked, *fix.scopes))


def _activate_user(request: AccessRequest, fix: t.Fix) -> AccessRequest:
    return replace(request, user_status=USER_ACTIVE)


def _assign_user(request: AccessRequest, fix: t.Fix) -> AccessRequest:
    return replace(request, assignment_paths=(AssignmentPath("", "direct"),))


def _join_group(request: AccessRequest, fix: t.Fix) -> AccessRequest:
    return replace(request, group_ids=(request.group_ids or frozenset()) | {fix.group_id})


def _widen_token_policy(request: AccessRequest, fix: t.Fix) -> AccessRequest:
    policy = request.token_policy
    widened = policy and replace(policy, allowed_scopes=(*policy.allowed_scopes, *fix.scopes))
    return replace(request, token_policy=widened)


def _define_scopes(book: PolicyBook, fix: t.Fix) -> PolicyBook:
    return replace(
        book, scopes={**book.scopes, **{name: ScopeFact(name, 0) for name in fix.scopes}}
    )


def _make_default(book: PolicyBook, fix: t.Fix) -> PolicyBook:
    return _change_scopes(book, fix, lambda scope: replace(scope, is_default=True))


def _relax_consent(book: PolicyBook, fix: t.Fix) -> PolicyBook:
    return _change_scopes(book, fix, lambda scope: replace(scope, consent=CONSENT_IMPLICIT))


def _change_scopes(
    book: PolicyBook, fix: t.Fix, change: Callable[[ScopeFact], ScopeFact]
) -> PolicyBook:
    changed = {name: change(scope) for name, scope in book.scopes.items() if name in fix.scopes}
    return replace(book, scopes={**book.scopes, **changed})


def _widen_rule(book: PolicyBook, fix: t.Fix) -> PolicyBook:
    return _change_rule(
        book,
        fix,
        lambda rule: replace(rule, conditions=tuple(_widen(one, fix) for one in rule.conditions)),
    )


def _widen(condition: Condition, fix: t.Fix) -> Condition:
    if isinstance(condition, Scopes):
        return replace(condition, include=condition.include | set(fix.scopes))
    if isinstance(condition, GrantTypes) and fix.grant_type:
        return replace(condition, include=condition.include | {fix.grant_type})
    if isinstance(condition, People) and fix.user_id:
        return replace(condition, include_users=condition.include_users | {fix.user_id})
    return condition


def _activate_rule(book: PolicyBook, fix: t.Fix) -> PolicyBook:
    return _change_rule(book, fix, lambda rule: replace(rule, is_active=True))


def _change_rule(book: PolicyBook, fix: t.Fix, change: Callable[[Rule], Rule]) -> PolicyBook:
    return _change_policy(
        book,
        fix,
        lambda policy: replace(
            policy,
            rules=tuple(change(rule) if rule.id == fix.rule_id else rule for rule in policy.rules),
        ),
    )


def _activate_policy(book: PolicyBook, fix: t.Fix) -> PolicyBook:
    return _change_policy(book, fix, lambda policy: replace(policy, is_active=True))


def _add_client(book: PolicyBook, fix: t.Fix) -> PolicyBook:
    return _change_policy(
        book,
        fix,
        lambda policy: replace(
            policy, client_ids=(policy.client_ids or frozenset()) | {fix.client_id}
        ),
    )


def _change_policy(book: PolicyBook, fix: t.Fix, change: Callable[[Policy], Policy]) -> PolicyBook:
    policies = tuple(
        change(policy) if policy.id == fix.policy_id else policy for policy in book.policies
    )
    return replace(book, policies=policies)


_REQUEST_CHANGES: Final[dict[str, Callable[[AccessRequest, t.Fix], AccessRequest]]] = {
    t.DROP_SCOPES: _drop_scopes,
    t.ASK_FOR: _ask_for,
    t.ACTIVATE_USER: _activate_user,
    t.ASSIGN_USER: _assign_user,
    t.JOIN_GROUP: _join_group,
    t.WIDEN_TOKEN_POLICY: _widen_token_policy,
}

_BOOK_CHANGES: Final[dict[str, Callable[[PolicyBook, t.Fix], PolicyBook]]] = {
    t.DEFINE_SCOPES: _define_scopes,
    t.MAKE_DEFAULT: _make_default,
    t.RELAX_CONSENT: _relax_consent,
    t.WIDEN_RULE: _widen_rule,
    t.ACTIVATE_RULE: _activate_rule,
    t.ACTIVATE_POLICY: _activate_policy,
    t.ADD_CLIENT: _add_client,
}
