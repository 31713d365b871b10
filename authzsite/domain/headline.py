"""The answer of an explanation as one sentence."""

from collections.abc import Callable
from typing import Final

from authzsite.domain import vocabulary as v
from authzsite.domain.policy_types import Decision
from authzsite.domain.trace import RequestFacts

Words = Callable[[Decision, RequestFacts], str]


def headline(decision: Decision, request: RequestFacts) -> str:
    """For people who want to know what happened before why."""
    if decision.is_allowed:
        return _allowed(decision)
    words = _DENIALS.get(decision.reason)
    return words(decision, request) if words else f"Denied: {decision.reason}."


def join(names: tuple[str, ...], conjunction: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    return f" {conjunction} ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def user_words(request: RequestFacts) -> str:
    """The user's name, id, or lacking both what is missing."""
    return request.user_name or request.user_id or "An unknown user"


def _allowed(decision: Decision) -> str:
    by = f"rule {decision.rule_name} of policy" if decision.rule_id else "token policy"
    what = join(decision.scopes) or "a token without scope"
    left = f", not {join(decision.dropped_names, 'or')}" if decision.dropped else ""
    return f"Granted {what}{left} by {by} {decision.policy_name}."


def _no_rule_allows(decision: Decision, request: RequestFacts) -> str:
    return f"No rule allows {join(decision.dropped_names)}."


def _not_defined(decision: Decision, request: RequestFacts) -> str:
    verb = "is" if len(decision.dropped) == 1 else "are"
    server = request.server_name or "this server"
    return f"{join(decision.dropped_names)} {verb} not defined on {server}."


def _user_status(decision: Decision, request: RequestFacts) -> str:
    return (
        f"{user_words(request)} is {request.user_status or 'of unknown status'} and gets no token."
    )


_DENIALS: Final[dict[str, Words]] = {
    v.REASON_NO_MATCHING_POLICY: lambda decision, request: "No rule matches this request.",
    v.REASON_SCOPE_DENIED: _no_rule_allows,
    v.REASON_NO_SCOPE_ALLOWED: _no_rule_allows,
    v.REASON_NO_MATCHING_SCOPE: _not_defined,
    v.REASON_INVALID_USER_STATUS: _user_status,
    v.REASON_PASSWORD_EXPIRED: _user_status,
    v.REASON_USER_NOT_ASSIGNED: lambda decision, request: (
        f"{user_words(request)} is not assigned to {request.client_name or request.client_id}."
    ),
    v.REASON_BROKEN_RULE: lambda decision, request: (
        f"Rule {decision.rule_name} of policy {decision.policy_name} cannot be read, so it denies."
    ),
    v.REASON_NO_DEFAULT_SCOPES: lambda decision, request: (
        f"No scope was asked for, and rule {decision.rule_name} allows no default scope."
    ),
    v.REASON_OPENID_SCOPE_REQUIRED: lambda decision, request: (
        f"{join(decision.dropped_names)} cannot be had without openid."
    ),
    v.REASON_OPENID_NOT_ALLOWED_CLIENT_CREDS: lambda decision, request: (
        f"{join(decision.dropped_names)} cannot be had without a user."
    ),
    v.REASON_CONSENT_REQUIRED_CLIENT_CREDENTIALS: lambda decision, request: (
        f"{join(decision.dropped_names)} needs consent, and this grant has nobody to ask."
    ),
}
