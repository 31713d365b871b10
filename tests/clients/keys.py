"""Public keys for tests, and one thing wrong with each of the bad ones."""

import warnings
from typing import Any

from joserfc.jwk import ECKey, OKPKey, RSAKey

_EC = ECKey.generate_key("P-256")
_RSA = RSAKey.generate_key(2048)
_ED = OKPKey.generate_key("Ed25519")

with warnings.catch_warnings(action="ignore"):
    _WEAK = RSAKey.generate_key(1024)

EC_KEY: dict[str, Any] = dict(_EC.as_dict(private=False))
RSA_KEY: dict[str, Any] = dict(_RSA.as_dict(private=False))
ED_KEY: dict[str, Any] = dict(_ED.as_dict(private=False))
WEAK_KEY: dict[str, Any] = dict(_WEAK.as_dict(private=False))
PRIVATE_KEY: dict[str, Any] = dict(_EC.as_dict(private=True))
SYMMETRIC_KEY: dict[str, Any] = {"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQ"}
AGREEMENT_KEY: dict[str, Any] = dict(OKPKey.generate_key("X25519").as_dict(private=False))


def jwks_of(*keys: dict[str, Any]) -> dict[str, Any]:
    """A JWKS that holds these keys."""
    return {"keys": list(keys)}
