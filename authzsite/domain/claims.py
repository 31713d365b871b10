"""Which claims go into which token, and their values (R10, R12).

A claim is considered when it is active, its name is not the server's own, and its scope condition
is met (no scopes, or one of them granted). An expression that fails, or a groups claim that holds
too many groups, fails the whole request: a token that silently lacks a claim is worse than none.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from authzsite.domain import vocabulary as words
from authzsite.domain.expressions import Expression, ExpressionError, compile_expression
from authzsite.domain.group_filters import TooManyGroups, select_groups
from authzsite.domain.limits import MAX_GROUPS_IN_CLAIM
from authzsite.domain.protected_claims import IDENTITY, RESOURCE, is_reserved
from authzsite.domain.system_claims import SYSTEM_CLAIMS, SubjectFacts, expression_context

__all__ = [
    "EXPRESSION",
    "GROUPS",
    "IDENTITY",
    "RESOURCE",
    "SYSTEM",
    "ClaimFailure",
    "ClaimSpec",
    "Claims",
    "SubjectFacts",
    "access_token_claims",
    "compile_claim",
    "id_token_claims",
    "userinfo_claims",
]

EXPRESSION: Final = "EXPRESSION"  # value types
GROUPS: Final = "GROUPS"
SYSTEM: Final = "SYSTEM"

Claims = dict[str, object]


@dataclass(frozen=True, slots=True)
class ClaimSpec:
    """A claim that the server defines.

    `value`: the compiled expression, or why it doesn't compile; the text of a group filter; empty
    for a built-in one. `always_include` matters to ID tokens only: without it, the claim is in an
    ID token only when no access token comes with it.
    """

    name: str
    claim_type: str
    value_type: str = EXPRESSION
    value: Expression | ExpressionError | str = ""
    group_filter_type: str = ""
    scopes: frozenset[str] = frozenset()
    always_include: bool = True
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class ClaimFailure:
    """Why no token can be issued: the internal reason, the claim, and details for the log."""

    reason: str
    claim: str
    detail: str = ""


def compile_claim(
    *,
    name: str,
    claim_type: str,
    value_type: str,
    value: str,
    group_filter_type: str = "",
    scopes: Iterable[str] = (),
    always_include: bool = True,
    is_active: bool = True,
) -> ClaimSpec:
    """The claim of a row; an expression that no longer compiles fails when it is reached."""
    return ClaimSpec(
        name=name,
        claim_type=claim_type,
        value_type=value_type,
        value=compile_expression(value) if value_type == EXPRESSION else value,
        group_filter_type=group_filter_type,
        scopes=frozenset(scopes),
        always_include=always_include,
        is_active=is_active,
    )


def access_token_claims(specs: Sequence[ClaimSpec], facts: SubjectFacts) -> Claims | ClaimFailure:
    """Claims of type RESOURCE, and a `sub`: the seeded claim's, else the user's or client's id."""
    claims = _evaluate(_considered(specs, RESOURCE, facts), facts)
    if isinstance(claims, ClaimFailure):
        return claims
    subject = claims.get("sub") or facts.user_id or facts.client_id
    if not isinstance(subject, str):  # RFC 7519 §4.1.2
        return ClaimFailure(words.REASON_USER_CLAIM_FAILURE, "sub", "the result is no text")
    return {**claims, "sub": subject}


def id_token_claims(
    specs: Sequence[ClaimSpec], facts: SubjectFacts, *, with_access_token: bool
) -> Claims | ClaimFailure:
    """Claims of type IDENTITY; the thin selection when an access token comes with the ID token."""
    chosen = [
        spec for spec in _identity(specs, facts) if spec.always_include or not with_access_token
    ]
    return _evaluate(chosen, facts)


def userinfo_claims(specs: Sequence[ClaimSpec], facts: SubjectFacts) -> Claims | ClaimFailure:
    """All claims of type IDENTITY whose scopes are granted, and `sub`: the user's id (R12)."""
    claims = _evaluate(_identity(specs, facts), facts)
    if isinstance(claims, ClaimFailure) or facts.user_id is None:
        return claims
    return {**claims, "sub": facts.user_id}


def _considered(
    specs: Sequence[ClaimSpec], claim_type: str, facts: SubjectFacts
) -> list[ClaimSpec]:
    return [
        spec
        for spec in specs
        if spec.is_active
        and spec.claim_type == claim_type
        and not is_reserved(claim_type, spec.name)
        and (not spec.scopes or not spec.scopes.isdisjoint(facts.scopes))
    ]


# R10: the scope `groups` needs no definition. A defined claim of that name replaces this one.
_GROUPS_CLAIM: Final = ClaimSpec("groups", IDENTITY, SYSTEM, scopes=frozenset({words.GROUPS}))


def _identity(specs: Sequence[ClaimSpec], facts: SubjectFacts) -> list[ClaimSpec]:
    is_defined = any(
        spec.name == "groups" and spec.claim_type == IDENTITY and spec.is_active for spec in specs
    )
    known = specs if is_defined else [*specs, _GROUPS_CLAIM]
    return _considered(known, IDENTITY, facts)


def _evaluate(specs: Sequence[ClaimSpec], facts: SubjectFacts) -> Claims | ClaimFailure:
    """The values by name; null and empty lists of groups are left out."""
    claims: Claims = {}
    context = expression_context(facts) if any(s.value_type == EXPRESSION for s in specs) else {}
    for spec in specs:
        value = _value(spec, facts, context)
        if isinstance(value, ClaimFailure):
            return value
        if value is not None:
            claims[spec.name] = value
    return claims


def _value(spec: ClaimSpec, facts: SubjectFacts, context: Mapping[str, object]) -> object:
    if spec.value_type == GROUPS:
        return _groups(spec, facts)
    if spec.value_type == EXPRESSION:
        return _expression(spec, context)
    if spec.name == "groups":
        return _all_groups(facts)
    system = SYSTEM_CLAIMS.get(spec.name)
    return system(facts) if system and facts.user_id is not None else None


def _expression(spec: ClaimSpec, context: Mapping[str, object]) -> object:
    broken = spec.value
    if isinstance(broken, Expression):
        try:
            return broken.evaluate(context)
        except ExpressionError as error:
            broken = error
    return ClaimFailure(words.REASON_USER_CLAIM_FAILURE, spec.name, str(broken))


def _groups(spec: ClaimSpec, facts: SubjectFacts) -> object:
    names = select_groups(spec.group_filter_type, str(spec.value), facts.group_names)
    if isinstance(names, TooManyGroups):
        return _too_many(spec.name, names.count)
    return list(names) or None


def _all_groups(facts: SubjectFacts) -> object:
    if len(facts.groups) > MAX_GROUPS_IN_CLAIM:
        return _too_many("groups", len(facts.groups))
    return list(facts.group_names) or None


def _too_many(claim: str, count: int) -> ClaimFailure:
    return ClaimFailure(words.REASON_TOO_MANY_GROUPS, claim, f"{count} groups match")
