"""The secrets of a hook: those that sign for it, and the value of its receiver's header.

Both are needed in clear at each delivery, so they are sealed, not digested.
"""

import base64
import secrets
from typing import Final

from apps.directory.sealing import seal, unseal
from apps.management.hooks.models import EventHook, EventHookSecret

PREFIX: Final = "whsec_"  # as the Standard Webhooks specification writes a symmetric secret
SECRET_BYTES: Final = 32


def new_signing_secret() -> str:
    """A secret as its owner sees it once: the prefix, and 32 random bytes in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode("ascii")


def key_of(text: str) -> bytes:
    """The HMAC key that the text stands for."""
    return base64.b64decode(text.removeprefix(PREFIX))


def seal_signing(text: str, *, hook_id: str, secret_id: str) -> bytes:
    """The secret as it is stored."""
    return seal(text.encode("ascii"), _context("signing", hook_id, secret_id))


def open_signing(secret: EventHookSecret) -> str:
    """The secret in clear. Raises Unopenable."""
    context = _context("signing", secret.hook_id, secret.pk)
    return unseal(bytes(secret.sealed), context).decode("ascii")


def seal_auth(value: str, *, hook_id: str) -> bytes:
    """The header's value as it is stored."""
    return seal(value.encode("ascii"), _context("auth", hook_id, ""))


def open_auth(hook: EventHook) -> str:
    """The header's value in clear. Raises Unopenable."""
    return unseal(bytes(hook.sealed_auth_value or b""), _context("auth", hook.pk, "")).decode()


def _context(kind: str, hook_id: str, secret_id: str) -> bytes:
    """Associated data; no part can contain the separator."""
    return f"authzsite-hook|{kind}|{hook_id}|{secret_id}".encode()
