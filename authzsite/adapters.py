"""What allauth may do here: sign people in, not up; and keep second factors unreadable at rest."""

import base64
import ipaddress
import os
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context, ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from apps.directory.models import User
from apps.directory.services import set_password
from apps.directory.targets import actor_of

NONCE_BYTES = 12
PURPOSE = b"authzsite second factor"


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by administrators."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up by themselves."""
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Only who may sign in; allauth has a page of its own for the others (row 230)."""
        user: User | None = super().authenticate(request, **credentials)
        return user if user is not None and user.is_active else None

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count before hashing: per source and account, then per account from everywhere."""
        super().pre_authenticate(request, **credentials)
        login = str(credentials.get("username", ""))
        if not ratelimit.consume(request, action="login_account", key=login):
            raise self.validation_error("too_many_login_attempts")

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """The account from this network: guessing elsewhere locks nobody out (row 234)."""
        login = str(credentials.get("username", credentials.get("email", "")))
        return f"{network_of(self.get_client_ip(request))}:{login}"

    def is_safe_url(self, url: str) -> bool:
        """Only this very host, by the scheme that it is reached by (row 237)."""
        request = context.request
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )

    def set_password(self, user: User, password: str) -> None:
        """Through the service, so that tokens end with the old password (R15)."""
        row = User.objects.get(pk=user.pk)  # what allauth hands over may be lazy
        set_password(actor=actor_of(row), user=row, password=password)
        user.refresh_from_db()


def network_of(address: str) -> str:
    """The /24 or /48 that an address belongs to: what one attacker usually has."""
    length = 24 if ipaddress.ip_address(address).version == 4 else 48
    return str(ipaddress.ip_network(f"{address}/{length}", strict=False))


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
