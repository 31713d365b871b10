"""Changes that might mend a refusal, in the order in which a person would try them. Whether they do
is `fixes`' to find out.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Final

from authzsite.domain import trace as t
from authzsite.domain import vocabulary as v
from authzsite.domain.access_request import AccessRequest
from authzsite.domain.grant_types import short_name
from authzsite.domain.headline import join
from authzsite.domain.policy_types import Decision, Policy, PolicyBook, Rule
from authzsite.domain.requested_scopes import resolve_scopes

_MOST_POLICIES: Final = 50  # bounds what a denial costs on a server with very many of them
_MOST_GROUPS: Final = 3
_UNMATCHED: Final = frozenset(
    {v.REASON_NO_MATCHING_POLICY, v.REASON_SCOPE_DENIED, v.REASON_NO_SCOPE_ALLOWED}
)


def of_scopes(book: PolicyBook, request: AccessRequest, decision: Decision) -> Iterator[t.Fix]:
    """Asking for less or for something else, and defining what is asked for."""
    names = tuple(name for name in decision.dropped_names if name in request.asked)
    if names and not decision.is_allowed and set(names) != set(request.asked):
        yield t.Fix(t.DROP_SCOPES, f"Ask without {join(names)}", False, scopes=names)
    if decision.reason == v.REASON_OPENID_SCOPE_REQUIRED:
        yield t.Fix(t.ASK_FOR, "Ask for openid too", False, scopes=(v.OPENID,))
    if decision.reason == v.REASON_NO_DEFAULT_SCOPES:
        yield from _of_defaults(book, request, decision)
    if decision.reason == v.REASON_CONSENT_REQUIRED_CLIENT_CREDENTIALS:
        everything = decision.dropped_names
        yield t.Fix(
            t.RELAX_CONSENT,
            f"Let {join(everything)} be granted without consent",
            False,
            scopes=everything,
        )
    if unknown := _because(decision, v.REASON_NO_MATCHING_SCOPE):
        yield t.Fix(
            t.DEFINE_SCOPES, f"Define {join(unknown)} on this server", False, scopes=unknown
        )


def _of_defaults(book: PolicyBook, request: AccessRequest, decision: Decision) -> Iterator[t.Fix]:
    """The scopes that the deciding rule could give, were they asked for or default."""
    rule = _find_rule(book, decision.rule_id)
    covered = (
        name
        for name in sorted(book.scopes)
        if rule and (rule.scope_names is None or name in rule.scope_names)
    )
    names = tuple(
        name for name in covered if name not in v.OIDC_SCOPES and _is_free(book, request, name)
    )
    if names:
        yield t.Fix(t.ASK_FOR, f"Ask for {join(names, 'or')} by name", False, scopes=names)
        yield t.Fix(
            t.MAKE_DEFAULT, f"Make {join(names, 'or')} a default scope", False, scopes=names
        )


def _is_free(book: PolicyBook, request: AccessRequest, name: str) -> bool:
    return request.stands_for_user or book.scopes[name].consent != v.CONSENT_MANDATORY


def _because(decision: Decision, reason: str) -> tuple[str, ...]:
    return tuple(scope for scope, why in decision.dropped if why == reason)


def of_facts(request: AccessRequest, decision: Decision) -> Iterator[t.Fix]:
    """What the user lacks before policies are read."""
    if not request.user_id:
        return
    user, client = request.user_name or request.user_id, request.client_name or request.client_id
    if (
        decision.reason in (v.REASON_INVALID_USER_STATUS, v.REASON_PASSWORD_EXPIRED)
        and request.user_status
    ):
        yield t.Fix(t.ACTIVATE_USER, f"Make {user} active again", False, user_id=request.user_id)
    if decision.reason == v.REASON_USER_NOT_ASSIGNED:
        text = f"Assign {user}, or a group of theirs, to {client}"
        yield t.Fix(
            t.ASSIGN_USER, text, False, user_id=request.user_id, client_id=request.client_id
        )


def of_rule(
    book: PolicyBook,
    request: AccessRequest,
    decision: Decision,
    miss: t.NearestMiss | None,
    names: Mapping[str, str],
) -> Iterator[t.Fix]:
    """Widening the rule that came closest, or the one that narrowed; repairing one that can't be
    read.
    """
    policy_id, rule_id, name = decision.policy_id, decision.rule_id, decision.rule_name
    if decision.reason == v.REASON_BROKEN_RULE:
        yield t.Fix(t.REPAIR_RULE, f"Repair or deactivate rule {name}", False, policy_id, rule_id)
    if request.token_policy is not None and decision.dropped:
        text = f"Allow {join(decision.dropped_names)} in token policy {decision.policy_name}"
        yield t.Fix(t.WIDEN_TOKEN_POLICY, text, False, policy_id, scopes=decision.dropped_names)
    if decision.is_allowed and (scopes := _because(decision, v.REASON_SCOPE_DENIED)):
        text = f"Add {join(scopes)} to rule {name}"
        yield t.Fix(t.WIDEN_RULE, text, False, policy_id, rule_id, scopes)
    if miss and decision.reason in _UNMATCHED:
        yield _widening(book, request, miss)
        yield from _joining(book, request, miss, names)


def _widening(book: PolicyBook, request: AccessRequest, miss: t.NearestMiss) -> t.Fix:
    """One change of the rule for everything that it fails on and that a list can mend."""
    failing = {check.name for check in miss.fails}
    grant_type = request.grant_type if "grant_types" in failing else ""
    user_id = (request.user_id or "") if "people" in failing else ""
    user = user_id and (request.user_name or user_id)
    what = join(
        (*miss.missing, *filter(None, (short_name(grant_type) if grant_type else "", user)))
    )
    text = f"Add {what} to rule {miss.rule_name} of policy {miss.policy_name}"
    return t.Fix(
        t.WIDEN_RULE,
        text,
        False,
        miss.policy_id,
        miss.rule_id,
        miss.missing,
        grant_type=grant_type,
        user_id=user_id,
    )


def _joining(
    book: PolicyBook, request: AccessRequest, miss: t.NearestMiss, names: Mapping[str, str]
) -> Iterator[t.Fix]:
    rule = _find_rule(book, miss.rule_id)
    if rule is None or request.user_id is None or request.group_ids is None:
        return
    for group_id in islice(sorted(rule.people.include_groups - request.group_ids), _MOST_GROUPS):
        user, group = request.user_name or request.user_id, names.get(group_id, group_id)
        text = f"Make {user} a member of {group}"
        yield t.Fix(t.JOIN_GROUP, text, False, user_id=request.user_id, group_id=group_id)


def _find_rule(book: PolicyBook, rule_id: str) -> Rule | None:
    return next(
        (rule for policy in book.policies for rule in policy.rules if rule.id == rule_id), None
    )


def of_policies(book: PolicyBook, request: AccessRequest, decision: Decision) -> Iterator[t.Fix]:
    """Switching on what is inactive, and letting a policy apply to the client."""
    if decision.reason not in _UNMATCHED or resolve_scopes(book, request).fault:
        return
    for policy in islice(book.policies, _MOST_POLICIES):
        yield from _of_policy(policy, request)


def _of_policy(policy: Policy, request: AccessRequest) -> Iterator[t.Fix]:
    client = request.client_name or request.client_id
    if not policy.is_active:
        yield t.Fix(t.ACTIVATE_POLICY, f"Activate policy {policy.name}", False, policy.id)
    elif not policy.covers(request.client_id):
        text = f"Let policy {policy.name} apply to {client}"
        yield t.Fix(t.ADD_CLIENT, text, False, policy.id, client_id=request.client_id)
    for rule in policy.rules:
        if policy.is_active and not rule.is_active:
            yield t.Fix(
                t.ACTIVATE_RULE,
                f"Activate rule {rule.name} of policy {policy.name}",
                False,
                policy.id,
                rule.id,
            )
