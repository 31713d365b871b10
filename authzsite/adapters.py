"""What allauth may do here: sign people in, not up; and keep second factors unreadable at rest."""

import base64
import os

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.http import HttpRequest

NONCE_BYTES = 12
PURPOSE = b"authzsite second factor"


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by administrators."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up by themselves."""
        return False


class MfaAdapter(DefaultMFAAdapter):
    """Second factors are stored encrypted with the key encryption key."""

    def encrypt(self, text: str) -> str:
        """AES-256-GCM, bound to its purpose."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(settings.KEY_ENCRYPTION_KEY).encrypt(nonce, text.encode(), PURPOSE)
        return base64.b64encode(nonce + sealed).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The text of `encrypt`; another key or a changed byte raises."""
        raw = base64.b64decode(encrypted_text)
        nonce, sealed = raw[:NONCE_BYTES], raw[NONCE_BYTES:]
        return AESGCM(settings.KEY_ENCRYPTION_KEY).decrypt(nonce, sealed, PURPOSE).decode()
