"""Names, ids and addresses that administrators write."""

import re
from collections.abc import Sequence
from typing import Final

from authzsite.domain import limits
from authzsite.domain.pattern_scopes import syntax_problem
from authzsite.domain.scopes import RESERVED_SCOPES, is_scope_token, is_valid_scope_name
from authzsite.domain.validation.errors import Invalid, check_length

RESERVED_SERVER_IDS: Final = frozenset({"v1"})
_SERVER_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CLIENT_ID: Final = re.compile(r"[A-Za-z0-9$\-_.+!*'()]+")  # as Okta documents it
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")
_PLAIN_SCOPE: Final = re.compile(r"[A-Za-z0-9_.-]+")


def validate_scope_name(
    name: str, *, is_system: bool = False, field: str = "name"
) -> list[Invalid]:
    """R2: RFC 6749's characters, Okta's forbidden names; reserved ones only for the seed."""
    if problems := check_length(name, limits.SCOPE_NAME_LENGTH, field):
        return problems
    if not is_scope_token(name):
        return [Invalid(field, "must be printable ASCII without space, quote or backslash")]
    if not is_valid_scope_name(name):
        return [Invalid(field, "must not be '*', begin with 'okta' or hold both '<' and '>'")]
    if name in RESERVED_SCOPES and not is_system:
        return [Invalid(field, "is reserved")]
    return []


def validate_server_id(server_id: str, *, field: str = "id") -> list[Invalid]:
    """One path segment that no pattern scope can mistake for a sign (row 267), and that isn't part
    of the addresses of the organisation's own server (`/oauth2/v1/...`)."""
    if server_id in RESERVED_SERVER_IDS:
        return [Invalid(field, "is reserved")]
    if _SERVER_ID.fullmatch(server_id):
        return []
    message = "must have 1 to 64 letters, digits, '_' or '-'"
    return [Invalid(field, message, limits.SERVER_ID_LENGTH)]


def validate_client_id(client_id: str, *, field: str = "client_id") -> list[Invalid]:
    """An id chosen by the administrator: 6-100 characters of Okta's alphabet."""
    problems = check_length(client_id, limits.CLIENT_ID_LENGTH, field)
    if not _CLIENT_ID.fullmatch(client_id):
        problems.append(Invalid(field, "must have only letters, digits and $-_.+!*'()"))
    return problems


def validate_name(
    name: str, length: tuple[int, int] = limits.POLICY_NAME_LENGTH, *, field: str = "name"
) -> list[Invalid]:
    """Any name for people: servers, policies, rules, labels, groups, first and last names.

    Whitespace alone, control characters and lone surrogates are refused (rows 14, 16).
    """
    if problems := check_length(name, length, field):
        return problems
    return [] if _is_readable(name) else [Invalid(field, "must be readable text")]


def validate_policy_name(name: str, *, field: str = "name") -> list[Invalid]:
    return validate_name(name, limits.POLICY_NAME_LENGTH, field=field)


def validate_rule_name(name: str, *, field: str = "name") -> list[Invalid]:
    return validate_name(name, limits.RULE_NAME_LENGTH, field=field)


def validate_claim_name(name: str, *, field: str = "name") -> list[Invalid]:
    return validate_name(name, limits.CLAIM_NAME_LENGTH, field=field)


def validate_client_label(label: str, *, field: str = "label") -> list[Invalid]:
    return validate_name(label, limits.CLIENT_LABEL_LENGTH, field=field)


def validate_person_name(name: str, *, field: str) -> list[Invalid]:
    """First or last name, 1-50 characters."""
    return validate_name(name, limits.PERSON_NAME_LENGTH, field=field)


def validate_description(text: str, *, field: str = "description") -> list[Invalid]:
    """May be empty and have several lines."""
    problems = check_length(text, (0, limits.MAX_DESCRIPTION_LENGTH), field)
    if text and not _is_readable("".join(text.split())):
        problems.append(Invalid(field, "must be readable text"))
    return problems


def validate_login(login: str, *, field: str = "login") -> list[Invalid]:
    """5-100 characters without whitespace; usually, but not always, an e-mail address."""
    problems = check_length(login, limits.LOGIN_LENGTH, field)
    if login.split() != [login] or not _is_readable(login):
        problems.append(Invalid(field, "must be readable text without whitespace"))
    return problems


def validate_email(email: str, *, field: str = "email") -> list[Invalid]:
    """5-100 characters with one '@' and something on both sides; delivery decides the rest."""
    problems = check_length(email, limits.EMAIL_LENGTH, field)
    if not _EMAIL.fullmatch(email) or not _is_readable(email):
        problems.append(Invalid(field, "must be an e-mail address"))
    return problems


def validate_allowed_scopes(
    scopes: Sequence[str], *, field: str = "allowedScopes"
) -> list[Invalid]:
    """R20: each entry is a pattern scope, or a plain name such as `openid`."""
    if len(scopes) > limits.MAX_PATTERNS:
        return [Invalid(field, "has too many entries", limits.MAX_PATTERNS)]
    found = ((scope, syntax_problem(scope)) for scope in scopes if not _is_plain(scope))
    return [Invalid(field, f"{scope[:80]!r} {what}") for scope, what in found if what]


def _is_plain(scope: str) -> bool:
    return len(scope) <= limits.SCOPE_NAME_LENGTH[1] and bool(_PLAIN_SCOPE.fullmatch(scope))


def _is_readable(text: str) -> bool:
    return text.isprintable() and bool(text.strip())
