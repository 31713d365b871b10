"""The `jti` of tokens: unique, and for access tokens also the way back to what they stand on.

`AT.` + base64url of 16 random bytes, one byte that says what follows, and either a packed `Vector`
(client_credentials: the token has no row) or the id of the grant (tokens of users). The signature
of the token vouches for it; introspection needs nothing else to judge a JWT.
"""

import secrets
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from typing import Final

from authzsite.domain.tokens import base64url
from authzsite.domain.vectors import Vector, pack, unpack

ACCESS_PREFIX: Final = "AT."
ID_PREFIX: Final = "ID."
NONCE_BYTES: Final = 16
_MAX_LENGTH: Final = 4096  # characters; far above every vector of a real rule
_GRANT: Final = 1
_VECTOR: Final = 2


@dataclass(frozen=True, slots=True)
class AccessJti:
    """A parsed `jti`: exactly one of `vector` and `grant_id` is set."""

    nonce: bytes
    vector: Vector | None = None
    grant_id: str | None = None


def build_jti(basis: Vector | str, nonce: bytes | None = None) -> str:
    """The `jti` of an access token that stands on a vector or on a grant (its id).

    `nonce` (16 bytes) is injected by tests only.
    """
    if isinstance(basis, Vector):
        payload = bytes([_VECTOR]) + pack(basis)
    else:
        payload = bytes([_GRANT]) + basis.encode("ascii")
    return ACCESS_PREFIX + base64url((nonce or secrets.token_bytes(NONCE_BYTES)) + payload)


def build_id_jti(nonce: bytes | None = None) -> str:
    """The `jti` of an ID token: unique, and nothing more."""
    return ID_PREFIX + base64url(nonce or secrets.token_bytes(NONCE_BYTES))


def parse_jti(text: object) -> AccessJti | None:
    """The parts of an access token's `jti`; None for anything that `build_jti` did not make."""
    if not isinstance(text, str) or not text.startswith(ACCESS_PREFIX):
        return None
    raw = _decode(text.removeprefix(ACCESS_PREFIX))
    nonce, rest = raw[:NONCE_BYTES], raw[NONCE_BYTES:]
    kind, payload = rest[:1], rest[1:]
    if kind == bytes([_VECTOR]):
        vector = unpack(payload)
        return AccessJti(nonce, vector=vector) if vector is not None else None
    if kind == bytes([_GRANT]) and payload.isascii() and payload.isalnum():
        return AccessJti(nonce, grant_id=payload.decode("ascii"))
    return None


def _decode(text: str) -> bytes:
    """The bytes of canonical base64url text; empty for anything else."""
    if len(text) > _MAX_LENGTH or not text.isascii():
        return b""
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""
    return raw if base64url(raw) == text else b""
