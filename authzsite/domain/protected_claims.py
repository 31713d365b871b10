"""Names of claims that only the server itself writes.

Two lists, as Okta documents them for its token hook: a hook may not patch these. A claim defined by
an administrator may not have such a name either, with two differences: `groups` may be defined (it
is the commonest custom claim there is), and `aud` may only be patched, never defined. `sub` of an
access token is the seeded claim, which is edited like any other (R12).
"""

from typing import Final

IDENTITY: Final = "IDENTITY"  # claim types: into the ID token, into the access token
RESOURCE: Final = "RESOURCE"

PROTECTED_RESOURCE: Final = frozenset(
    [
        "acr",
        "as_uri",
        "auth_time",
        "authorization_details",
        "cid",
        "cnf",
        "exp",
        "groups",
        "iat",
        "iss",
        "jti",
        "rpt",
        "rsi",
        "scp",
        "sid",
        "token_type",
        "uid",
        "username",
        "ver",
    ]
)
PROTECTED_IDENTITY: Final = PROTECTED_RESOURCE | frozenset(
    [
        "active",
        "aid",
        "amr",
        "app_id",
        "app_type",
        "at_hash",
        "aud",
        "azp",
        "c_hash",
        "client_id",
        "client_ip",
        "client_type",
        "did",
        "dst",
        "group",
        "idp",
        "idp_iss",
        "may_act",
        "mac_key",
        "nbf",
        "nonce",
        "oid",
        "orig",
        "permissions",
        "purpose",
        "rid",
        "role",
        "scope",
        "scopes",
        "sub",
        "term",
        "user_ip",
    ]
)
# RFC 9068 §2.2, RFC 8693 §4 and RFC 7662 §2.2 give these a meaning of their own.
_STANDARD_RESOURCE: Final = frozenset(
    ["active", "act", "aud", "client_id", "may_act", "nbf", "scope"]
)
_IDENTITY_PREFIXES: Final = ("device_", "pwd_exp_")


def is_protected(claim_type: str, name: str) -> bool:
    """May a token hook not write this claim?"""
    if claim_type == RESOURCE:
        return name in PROTECTED_RESOURCE
    return name in PROTECTED_IDENTITY or name.startswith(_IDENTITY_PREFIXES)


def is_reserved(claim_type: str, name: str) -> bool:
    """May no claim of this name be defined? Judged when written, and again when evaluated."""
    if name == "groups":
        return False
    is_standard = claim_type == RESOURCE and name in _STANDARD_RESOURCE
    return is_standard or is_protected(claim_type, name)
