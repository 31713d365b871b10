"""The claims of a client's assertion (`private_key_jwt`, RFC 7523 §3), once its signature is right.

Every number must be a JSON integer: text, fractions, NaN, infinities, booleans and negatives are
refused, never converted.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from authzsite.domain import vocabulary as words
from authzsite.domain.lifetimes import utc
from authzsite.domain.limits import (
    CLOCK_SKEW_SECONDS,
    MAX_CLIENT_ASSERTION_SECONDS,
    MAX_JTI_LENGTH,
)

Claims = Mapping[str, object]

# What a client may sign with (RFC 7518 §3.1): asymmetric algorithms only, so no secret is shared.
ALGORITHMS: Final = (
    *("RS256", "RS384", "RS512"),
    *("PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512"),
    "EdDSA",
)

# RFC 8725 §3.11: another kind of JWT is no assertion; most libraries write "JWT" or nothing.
_TYPES: Final = frozenset({"", "jwt", "client-authentication+jwt"})


def check_assertion_claims(
    claims: Claims,
    header: Claims,
    *,
    client_id: str,
    audiences: frozenset[str],
    now: datetime,
) -> str | None:
    """The reason why the assertion is refused, None when it is good.

    `audiences`: what `aud` may be (issuer and, unless narrowed, the endpoint's URL). That the `jti`
    is new is for the caller's durable store to say.
    """
    return next(_reasons(claims, header, client_id, audiences, int(utc(now).timestamp())), None)


def _reasons(
    claims: Claims, header: Claims, client_id: str, audiences: frozenset[str], now: int
) -> Iterator[str]:
    if not _is_plain(header):
        yield words.REASON_ASSERTION_INVALID_JWT
    if claims.get("iss") != client_id:
        yield words.REASON_ASSERTION_INVALID_ISSUER
    if claims.get("sub") != client_id:
        yield words.REASON_ASSERTION_INVALID_SUBJECT
    if not _is_for(claims.get("aud"), audiences):
        yield words.REASON_ASSERTION_INVALID_AUDIENCE
    yield from _time_reasons(claims, now)
    if not _is_jti(claims.get("jti")):
        yield words.REASON_ASSERTION_INVALID_JWT


def _is_plain(header: Claims) -> bool:
    """No extension that must be understood: we understand none (RFC 7515 §4.1.11)."""
    kind = header.get("typ", "")
    if "crit" in header or "b64" in header or not isinstance(kind, str):
        return False
    return kind.lower().removeprefix("application/") in _TYPES


def _is_for(aud: object, audiences: frozenset[str]) -> bool:
    if isinstance(aud, list) and len(aud) == 1:
        aud = aud[0]
    return isinstance(aud, str) and bool(aud) and aud in audiences


def _is_jti(jti: object) -> bool:
    return isinstance(jti, str) and 0 < len(jti) <= MAX_JTI_LENGTH


def _time_reasons(claims: Claims, now: int) -> Iterator[str]:
    exp = claims.get("exp")
    if exp is None:
        yield words.REASON_ASSERTION_EXPIRATION_REQUIRED
    elif type(exp) is not int or exp < 0:
        yield words.REASON_ASSERTION_INVALID_JWT
    elif exp <= now:
        yield words.REASON_ASSERTION_EXPIRED
    elif exp > now + MAX_CLIENT_ASSERTION_SECONDS:
        yield words.REASON_ASSERTION_EXPIRES_TOO_FAR
    for name in ("iat", "nbf"):
        if name in claims:
            yield from _start_reasons(claims[name], now)


def _start_reasons(start: object, now: int) -> Iterator[str]:
    if type(start) is not int or start < 0:
        yield words.REASON_ASSERTION_INVALID_JWT
    elif start > now + CLOCK_SKEW_SECONDS:
        yield words.REASON_ASSERTION_ISSUED_IN_FUTURE
