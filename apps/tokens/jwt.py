"""Signing and verifying our own JWTs. Signing is by hand on the hot path (one signature, no
registry); verifying goes through joserfc with the server's own keys: the token chooses nothing
but a `kid`."""

import hashlib
import json
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any, Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry

from apps.systemlog.compact import compact
from authzsite.domain.limits import MAX_TOKEN_LENGTH
from authzsite.domain.server import ServerSnapshot, Signer
from authzsite.domain.tokens import base64url

ACCESS_TYPE: Final = "at+jwt"  # RFC 9068 §2.1
ID_TYPE: Final = "JWT"
_HASHES: Final = {"RS256": "sha256", "PS256": "sha256", "ES256": "sha256", "EdDSA": "sha512"}
_REGISTRY: Final = jws.JWSRegistry(algorithms=["RS256", "PS256", "ES256", "EdDSA"])


def sign(claims: Mapping[str, Any], signer: Signer, *, typ: str) -> str:
    """A compact JWS (RFC 7515 §7.1) of the claims."""
    header = _segment({"alg": signer.alg, "kid": signer.kid, "typ": typ})
    signing_input = f"{header}.{_segment(claims)}"
    return f"{signing_input}.{base64url(signer.sign(signing_input.encode('ascii')))}"


def _segment(value: Mapping[str, Any]) -> str:
    return base64url(compact(value).encode("utf-8"))


def half_hash(text: str, alg: str) -> str:
    """`at_hash` and `c_hash`: the left half of the hash of the signing algorithm (OIDC Core
    §3.1.3.6)."""
    digest = hashlib.new(_HASHES[alg], text.encode("ascii")).digest()
    return base64url(digest[: len(digest) // 2])


def looks_like_jwt(text: str) -> bool:
    """Three segments of bounded size: worth verifying."""
    return len(text) <= MAX_TOKEN_LENGTH and text.count(".") == 2


def verify(text: str, server: ServerSnapshot, *, typ: str) -> dict[str, Any] | None:
    """The claims of a JWT that this server signed, whatever its expiry; None for anything else.

    Type, key and algorithm are ours to say: `typ` must match, `kid` must be published, `alg`
    must be the key's own.
    """
    if not looks_like_jwt(text) or not text.isascii():
        return None
    signed, _, signature = text.rpartition(".")
    head, _, payload = signed.partition(".")
    header = _read(head)
    kid = header.get("kid")
    jwk = server.keys.public.get(kid) if isinstance(kid, str) else None
    if jwk is None or header.get("alg") != jwk["alg"] or _type_of(header) != typ.lower():
        return None
    if header.keys() - {"alg", "kid", "typ"}:
        return None
    try:
        if not _verifier(tuple(jwk.items()))(signed.encode("ascii"), _octets(signature)):
            return None
        claims = json.loads(_octets(payload))
    except (JoseError, ValueError, RecursionError):
        return None
    if (
        not isinstance(claims, dict)
        or claims.get("iss") != server.issuer
        or not _times_are_plain(claims)
    ):
        return None
    return claims


def unverified_claims(text: str) -> dict[str, Any]:
    """What a JWT says of itself: good enough to look something up, never to believe it."""
    return _segment_of(text, 1)


def unverified_header(text: str) -> dict[str, Any]:
    """The JOSE header: what the token wishes, before anything is verified."""
    return _segment_of(text, 0)


def _segment_of(text: str, index: int) -> dict[str, Any]:
    """One decoded segment, {} for anything malformed."""
    if not looks_like_jwt(text) or not text.isascii():
        return {}
    return _read(text.split(".")[index])


def _read(segment: str) -> dict[str, Any]:
    try:
        value = json.loads(urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _octets(segment: str) -> bytes:
    """What a segment says, in its one spelling (RFC 7515 §2); ValueError for others."""
    octets = urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    if base64url(octets) != segment:
        raise ValueError("not base64url as it is written")
    return octets


def _type_of(header: Mapping[str, Any]) -> str:
    return str(header.get("typ", "")).lower()


def _times_are_plain(claims: Mapping[str, Any]) -> bool:
    return type(claims.get("exp")) is int and type(claims.get("iat")) is int


@lru_cache(maxsize=1024)
def _verifier(jwk: tuple[tuple[str, str], ...]) -> Callable[[bytes, bytes], bool]:
    """Whether octets were signed with this key, by its members. Parsing it costs more than
    verifying; what it verified isn't kept."""
    key = JWKRegistry.import_key(dict(jwk))
    algorithm = _REGISTRY.get_alg(str(key.alg))
    algorithm.check_key(key)
    return partial(algorithm.verify, key=key)
