"""A client's own public keys (private_key_jwt): what may be registered."""

import json
from collections.abc import Mapping
from typing import Any, TypeGuard

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key

from authzsite.domain import limits
from authzsite.domain.validation import Invalid

PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
SIGNING_CURVES = frozenset({"P-256", "P-384", "P-521", "Ed25519"})


def jwks_problems(jwks: Mapping[str, Any], *, field: str = "jwks") -> list[Invalid]:
    """Why a JWKS is refused; it needs 1 to 50 public keys that can verify signatures. The list
    "inactive" holds keys that are set aside: they are judged alike."""
    keys, aside = jwks.get("keys"), jwks.get("inactive", [])
    if not _are_keys(keys) or not keys or not _are_keys(aside):
        return [Invalid(field, 'must be a JWKS: an object with a non-empty list "keys"')]
    keys = [*keys, *aside]
    if len(keys) > limits.MAX_CLIENT_KEYS:
        return [Invalid(field, "has too many keys", limits.MAX_CLIENT_KEYS)]
    if len(json.dumps(jwks)) > limits.MAX_JWKS_LENGTH:
        return [Invalid(field, "is too long", limits.MAX_JWKS_LENGTH)]
    found = ((number, key_problem(key)) for number, key in enumerate(keys, 1))
    problems = [Invalid(field, f"key {number} {what}") for number, what in found if what]
    return problems or _name_problems(keys, field)


def _are_keys(value: Any) -> TypeGuard[list[dict[str, Any]]]:
    return isinstance(value, list) and all(isinstance(key, dict) for key in value)


def key_problem(key: Mapping[str, Any]) -> str | None:
    """Why one JWK is refused, as the end of a sentence, or None."""
    if PRIVATE_MEMBERS & key.keys():
        return "has private members; only public keys may be registered"
    if key.get("use", "sig") != "sig":
        return "is not for signatures"
    try:
        parsed = import_key(dict(key))
    except (JoseError, ValueError, TypeError, KeyError):
        return "can't be read"
    return _strength_problem(parsed, str(key.get("crv", "")))


def _strength_problem(key: object, curve: str) -> str | None:
    if isinstance(key, RSAKey):
        bits = key.public_key.key_size
        return (
            None
            if bits >= limits.MIN_RSA_BITS
            else f"has {bits} bits; {limits.MIN_RSA_BITS} are needed"
        )
    if isinstance(key, ECKey | OKPKey) and curve in SIGNING_CURVES:
        return None
    return f"must be RSA or on one of {', '.join(sorted(SIGNING_CURVES))}"


def _name_problems(keys: list[dict[str, Any]], field: str) -> list[Invalid]:
    """Several keys are told apart by `kid` (RFC 7517 §4.5)."""
    kids = [key.get("kid") for key in keys]
    if len(keys) > 1 and (not all(kids) or len(set(map(str, kids))) < len(kids)):
        return [Invalid(field, 'must give each of several keys its own "kid"')]
    return []
