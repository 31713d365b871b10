"""The successor of a refresh token, sealed so that only its predecessor opens it.

Only digests of tokens are stored, yet a client that lost the answer and retries inside the leeway
must get the same successor (R13). So the successor is kept encrypted under a key that is derived
from the presented token: the database alone can't open it. Client, grant and requested scope are
authenticated with it, so a retry by another client or for another scope doesn't open it.
"""

import json
import secrets
from collections.abc import Iterable
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES: Final = 12
_KEY_BYTES: Final = 32
_PURPOSE: Final = b"refresh token successor 1"


def seal(
    successor: str,
    *,
    presented: str,
    client_id: str,
    grant_id: str,
    scopes: Iterable[str],
    nonce: bytes | None = None,
) -> bytes:
    """Seal `successor` under the `presented` token; `scopes` are those the request asked for."""
    nonce = nonce or secrets.token_bytes(_NONCE_BYTES)
    sealed = AESGCM(_key(presented)).encrypt(
        nonce, successor.encode(), _context(client_id, grant_id, scopes)
    )
    return nonce + sealed


def open_sealed(
    sealed: bytes | None, *, presented: str, client_id: str, grant_id: str, scopes: Iterable[str]
) -> str | None:
    """The successor, or None when token, client, grant or scopes differ or the seal is broken."""
    if not sealed or len(sealed) <= _NONCE_BYTES:
        return None
    nonce, box = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        opened = AESGCM(_key(presented)).decrypt(nonce, box, _context(client_id, grant_id, scopes))
        return opened.decode()
    except (InvalidTag, ValueError):
        return None


def _key(presented: str) -> bytes:
    # The token has 256 random bits, so extraction needs no salt (RFC 5869 §3.1).
    kdf = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=_PURPOSE)
    return kdf.derive(presented.encode("utf-8", "surrogatepass"))


def _context(client_id: str, grant_id: str, scopes: Iterable[str]) -> bytes:
    """Associated data; JSON keeps the parts apart, the order of scopes is no matter."""
    return json.dumps([client_id, grant_id, sorted(set(scopes))]).encode()
