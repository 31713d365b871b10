"""Signing keys: made, sealed at rest, opened once per snapshot.

The private half is kept as AES-256-GCM under the key-encryption key, bound to its server and kid,
so that a row copied elsewhere opens nowhere. A key that can't be opened is never replaced silently.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from joserfc.jwk import ECKey, OKPKey, RSAKey

from apps.directory.sealing import Unopenable, seal, unseal
from apps.servers.models import SigningKey

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
_P256_BYTES: Final = 32
_PSS: Final = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)  # RFC 7518 §3.5


class KeyUnavailable(Exception):  # noqa: N818 - the name of the state that the server is in
    """The private half can't be opened: the key-encryption key is missing, wrong, or the row isn't
    its own.
    """


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A fresh key: public JWK with `kid` (RFC 7638 thumbprint), `alg` and `use`; private half as
    PKCS#8.
    """

    kid: str
    alg: str
    public_jwk: dict[str, Any]
    private: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeySigner:
    """An opened private key (the snapshot's `Signer`)."""

    kid: str
    alg: str
    _sign: Callable[[bytes], bytes] = field(repr=False)

    def sign(self, data: bytes) -> bytes:
        """The JWS signature of the signing input."""
        return self._sign(data)

    @property
    def header(self) -> dict[str, str]:
        """The members of the JOSE header that say how to verify."""
        return {"alg": self.alg, "kid": self.kid}


def generate_key(alg: str) -> KeyPair:
    """A key pair of one of the four algorithms (R1). KeyError for any other."""
    key = _GENERATORS[alg]()
    kid = key.thumbprint()
    public = {**key.as_dict(private=False), "kid": kid, "alg": alg, "use": "sig"}
    private = key.private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return KeyPair(kid, alg, public, private)


_GENERATORS: Final[dict[str, Callable[[], Any]]] = {
    "RS256": lambda: RSAKey.generate_key(2048),
    "PS256": lambda: RSAKey.generate_key(2048),
    "ES256": lambda: ECKey.generate_key("P-256"),
    "EdDSA": lambda: OKPKey.generate_key("Ed25519"),
}


def seal_private(private: bytes, *, server_id: str, kid: str) -> bytes:
    """The private half as it is stored."""
    return seal(private, _context(server_id, kid))


def open_private(sealed: bytes, *, server_id: str, kid: str) -> bytes:
    """The private half; `KeyUnavailable` under another key-encryption key, server or kid."""
    try:
        return unseal(sealed, _context(server_id, kid))
    except Unopenable as error:
        raise KeyUnavailable(
            f"the signing key {kid} of server {server_id} can't be opened"
        ) from error


def open_signer(key: SigningKey) -> KeySigner:
    """Open and parse the row's private half.

    Expensive (tens of ms for RSA): once per snapshot, never per request.
    """
    private = open_private(bytes(key.sealed_private_key), server_id=key.server_id, kid=key.kid)
    return KeySigner(
        key.kid, key.alg, _signing(load_der_private_key(private, password=None), key.alg)
    )


def _signing(key: Any, alg: str) -> Callable[[bytes], bytes]:
    if alg == "RS256":
        return lambda data: key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    if alg == "PS256":
        return lambda data: key.sign(data, _PSS, hashes.SHA256())
    if alg == "ES256":
        return lambda data: _raw_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
    return lambda data: key.sign(data)


def _raw_signature(der: bytes) -> bytes:
    """RFC 7518 §3.4: R and S as 32 octets each, not as DER."""
    r, s = decode_dss_signature(der)
    return r.to_bytes(_P256_BYTES, "big") + s.to_bytes(_P256_BYTES, "big")


def _context(server_id: str, kid: str) -> bytes:
    """Associated data; neither part can contain the separator."""
    return f"authzsite|{server_id}|{kid}".encode()
