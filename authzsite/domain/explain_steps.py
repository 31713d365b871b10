"""The steps of an explanation that precede the policies: scopes as asked, the user's status, the
assignment, a token policy.
"""

from collections.abc import Iterator

from authzsite.domain import vocabulary as v
from authzsite.domain.access_request import AccessRequest, AssignmentPath
from authzsite.domain.fragments import GROUP, SCOPE, Fragment
from authzsite.domain.headline import headline, join
from authzsite.domain.policy_types import DENY, Decision, PolicyBook
from authzsite.domain.requested_scopes import ScopePlan, resolve_scopes
from authzsite.domain.token_policy import TokenPolicy, evaluate_token_policy
from authzsite.domain.trace import RequestFacts, Step

_WHY_DROPPED = {
    v.REASON_NO_MATCHING_SCOPE: "not defined",
    v.REASON_OPENID_SCOPE_REQUIRED: "only beside openid",
    v.REASON_OPENID_NOT_ALLOWED_CLIENT_CREDS: "only for a user",
    v.REASON_REFRESH_NOT_ENABLED: "the client has no refresh_token grant",
}


def request_facts(book: PolicyBook, request: AccessRequest) -> RequestFacts:
    """The request as the log keeps it."""
    return RequestFacts(
        server_id=request.server_id,
        server_name=book.server_name,
        client_id=request.client_id,
        client_name=request.client_name,
        grant_type=request.grant_type,
        has_user=request.stands_for_user,
        user_id=request.user_id,
        user_name=request.user_name,
        user_status=request.user_status,
        group_ids=None if request.group_ids is None else tuple(sorted(request.group_ids)),
        requested_scopes=None
        if request.requested_scopes is None
        else tuple(request.requested_scopes),
        now=request.now.isoformat(),
    )


def steps_before_policies(book: PolicyBook, request: AccessRequest) -> tuple[Step, ...]:
    """In the order in which `evaluate` takes them; each is told even when an earlier one already
    denies.
    """
    return tuple(_steps(book, request))


def _steps(book: PolicyBook, request: AccessRequest) -> Iterator[Step]:
    facts = request_facts(book, request)
    if request.token_policy is None:
        yield _scope_step(resolve_scopes(book, request), facts)
    if request.stands_for_user:
        yield _user_step(request, facts)
        yield _assignment_step(request, facts)
    if request.token_policy is not None:
        yield _token_policy_step(request.token_policy, request)


def _scope_step(plan: ScopePlan, facts: RequestFacts) -> Step:
    refs = tuple(Fragment(SCOPE, scope, scope) for scope, _ in plan.dropped)
    if plan.fault:
        return Step(
            "scopes",
            False,
            headline(Decision(DENY, reason=plan.fault, dropped=plan.dropped), facts),
            refs,
        )
    text = (
        "No scope is asked for: the default scopes apply"
        if plan.uses_defaults
        else "The requested scopes can be had"
    )
    notes = "; ".join(
        f"{scope} is left out ({_WHY_DROPPED.get(reason, reason)})"
        for scope, reason in plan.dropped
    )
    return Step("scopes", True, f"{text}; {notes}" if notes else text, refs)


def _user_step(request: AccessRequest, facts: RequestFacts) -> Step:
    is_ok = request.user_id is not None and request.user_status == v.USER_ACTIVE
    name = facts.user_name or facts.user_id or "The user"
    return Step("user", is_ok, f"{name} is {request.user_status or 'of unknown status'}")


def _assignment_step(request: AccessRequest, facts: RequestFacts) -> Step:
    paths = request.assignment_paths or ()
    who, what = facts.user_name or facts.user_id or "The user", facts.client_name or facts.client_id
    if not paths:
        return Step("assignment", False, f"{who} is not assigned to {what}")
    groups = tuple(
        Fragment(GROUP, path.name or path.group_id, path.group_id)
        for path in paths
        if path.group_id
    )
    return Step(
        "assignment",
        True,
        f"{who} is assigned to {what} {join(tuple(_path_words(path) for path in paths))}",
        groups,
    )


def _path_words(path: AssignmentPath) -> str:
    if path.kind == "group":
        return f"through group {path.name or path.group_id}"
    return "like everyone" if path.kind == "everyone" else "directly"


def _token_policy_step(policy: TokenPolicy, request: AccessRequest) -> Step:
    decision = evaluate_token_policy(policy, request.requested_scopes)
    refs = tuple(Fragment(SCOPE, scope, scope) for scope in decision.dropped_names)
    lacking = f", not {join(decision.dropped_names, 'or')}" if refs else ""
    granted = join(decision.scopes) or "a token without scope"
    return Step("token_policy", True, f"Token policy {policy.title} gives {granted}{lacking}", refs)
