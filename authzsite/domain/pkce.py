"""Proof Key for Code Exchange (RFC 7636), method S256 only.

Both functions answer the internal reason that the system log shows, or None when all is well;
the wire's error code is the caller's: `invalid_request` for a challenge, `invalid_grant` for a
verifier (rows 122-129).
"""

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from typing import Final

METHOD: Final = "S256"

MISSING_CHALLENGE: Final = "pkce_missing_challenge"
INVALID_CHALLENGE: Final = "pkce_invalid_challenge"
UNSUPPORTED_METHOD: Final = "pkce_unsupported_code_challenge_method"
MISSING_VERIFIER: Final = "pkce_missing_verifier"
UNEXPECTED_VERIFIER: Final = "pkce_missing_challenge_verifier_present"
VERIFICATION_FAILED: Final = "pkce_verification_failed"

_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")  # RFC 7636 §4.2: base64url of 32 octets
_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")  # RFC 7636 §4.1


def challenge_of(verifier: str) -> str:
    """BASE64URL(SHA256(ASCII(verifier))) of a well-formed verifier, RFC 7636 §4.2."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def challenge_error(challenge: str | None, method: str | None, required: bool) -> str | None:
    """Why an authorization request's challenge is refused, or None.

    Empty counts as absent. An absent method means `plain` (RFC 7636 §4.3), which is refused.
    """
    if not challenge:
        return MISSING_CHALLENGE if required or method else None
    if method != METHOD:
        return UNSUPPORTED_METHOD
    return None if _CHALLENGE.fullmatch(challenge) else INVALID_CHALLENGE


def verifier_error(challenge: str | None, verifier: str | None) -> str | None:
    """Why a token request's verifier doesn't prove the code's challenge, or None.

    A verifier for a code without challenge is refused too: it is the sign of a downgrade
    (RFC 9700 §4.8). The comparison takes constant time.
    """
    if not challenge:
        return UNEXPECTED_VERIFIER if verifier else None
    if not verifier:
        return MISSING_VERIFIER
    if not _VERIFIER.fullmatch(verifier):
        return VERIFICATION_FAILED
    equal = hmac.compare_digest(challenge_of(verifier).encode(), challenge.encode())
    return None if equal else VERIFICATION_FAILED
