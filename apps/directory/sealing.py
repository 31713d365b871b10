"""Secrets at rest that have to be read again: AES-256-GCM under the key-encryption key.

Each is bound to a context that names its owner, so that a row copied elsewhere opens nowhere.
"""

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_NONCE_BYTES: Final = 12


class Unopenable(Exception):  # noqa: N818 - the name of a state
    """Another key-encryption key, another context, or no sealed text at all."""


def seal(plain: bytes, context: bytes) -> bytes:
    """The text as it is stored: nonce, then AES-256-GCM."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(settings.KEY_ENCRYPTION_KEY).encrypt(nonce, plain, context)


def unseal(sealed: bytes, context: bytes) -> bytes:
    """What was sealed in this context. Raises Unopenable."""
    nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        return AESGCM(settings.KEY_ENCRYPTION_KEY).decrypt(nonce, rest, context)
    except (InvalidTag, ValueError) as error:
        raise Unopenable from error
