"""The scope grammar of RFC 6749 §3.3 and the names that OpenID Connect and Okta reserve.

Scope names are compared as characters: never folded, trimmed or normalised.
"""

import re
from collections.abc import Iterable
from typing import Final

from authzsite.domain import limits

# OIDC Core §5.4 and §11, with Okta's `groups`: any matching rule grants them (R10).
OIDC_SCOPES: Final = frozenset(
    {"openid", "profile", "email", "address", "phone", "offline_access", "groups"}
)
# Names that no administrator may define; newer Okta organisations seed `device_sso` too.
RESERVED_SCOPES: Final = OIDC_SCOPES | {"device_sso"}

_SCOPE_TOKEN: Final = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+")  # RFC 6749 Appendix A.4


class ScopeSyntaxError(Exception):
    """The `scope` parameter breaks the grammar or a limit; the text says how, for the log."""


def is_scope_token(text: str) -> bool:
    """Whether `text` may stand in a `scope` parameter at all (RFC 6749 §3.3)."""
    return _SCOPE_TOKEN.fullmatch(text) is not None


def is_valid_scope_name(name: str) -> bool:
    """Whether an authorization server may define a scope of this name (R2, Okta's rules).

    Reserved names are valid here; that they are taken is the business of the validators.
    """
    return (
        is_scope_token(name)
        and len(name) <= limits.SCOPE_NAME_LENGTH[1]
        and name not in {"*", "okta"}
        and not name.startswith(("okta.", "okta:"))
        and not ("<" in name and ">" in name)
    )


def parse_scope(text: str) -> tuple[str, ...]:
    """The names of a `scope` parameter, in order, duplicates collapsed (RFC 6749 §3.3).

    An empty text has no names. Raises `ScopeSyntaxError` for doubled, leading or trailing
    spaces, for characters outside the grammar, and above the limits (rows 17, 91, 322).
    """
    if len(text) > limits.MAX_SCOPE_PARAMETER_LENGTH:
        raise ScopeSyntaxError(f"longer than {limits.MAX_SCOPE_PARAMETER_LENGTH} characters")
    names = tuple(dict.fromkeys(text.split(" "))) if text else ()
    if not all(map(is_scope_token, names)):
        raise ScopeSyntaxError("not a list of scope names separated by single spaces")
    if len(names) > limits.MAX_SCOPES:
        raise ScopeSyntaxError(f"more than {limits.MAX_SCOPES} scopes")
    return names


def format_scope(names: Iterable[str]) -> str:
    """The names as one `scope` value, order kept."""
    return " ".join(names)
