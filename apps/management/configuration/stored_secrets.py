"""Whether a secret that a file refers to is the one that is stored."""

from typing import Any, Final

from django.contrib.auth.hashers import check_password
from django.utils import timezone

from apps.clients.models import ActiveStatus, Client, ClientSecret, LoginPolicy
from apps.clients.secrets import verify_slow
from apps.clients.services.clients import SECRET_METHODS
from apps.clients.services.login_policies import owner_secret_is
from apps.directory.models import User
from apps.directory.sealing import Unopenable
from apps.management.configuration.values import Secret
from apps.management.hooks import secrets as of_event_hooks
from apps.management.hooks.models import EventHook
from apps.policies.models import InlineHook
from apps.policies.services import inline_hooks as of_inline_hooks
from authzsite.domain.lifetimes import is_dead
from authzsite.domain.tokens import Kind as TokenKind
from authzsite.domain.tokens import digest

OF_STORE_OWNER: Final = "identityStoreDetails.connectionDetails.clientSecret"
AUTH_VALUE: Final = "authScheme.value"
SECRETS: Final = ("secret", "password", OF_STORE_OWNER, AUTH_VALUE)


def is_secret_in_place(row: Any, given: Secret) -> bool:
    """Whether the variable's value is the one stored, or any is there where one is generated."""
    text = given.read()
    match row:
        case User():
            is_usable = row.has_usable_password()
            return is_usable and (text is None or check_password(text, row.password))
        case Client():
            return is_stored(row, text)
        case LoginPolicy():
            return text is None or owner_secret_is(row, text)
        case InlineHook() | EventHook():
            return row.sealed_auth_value is not None and (text is None or _opened(row) == text)
    return False


def is_stored(client: Client, text: str | None) -> bool:
    """Whether the client has this secret, or any at all."""
    if client.token_endpoint_auth_method not in SECRET_METHODS:
        return False
    now = timezone.now()
    live = (
        one
        for one in client.secrets.all()
        if one.status == ActiveStatus.ACTIVE and not is_dead(one.expires_at, now)
    )
    return any(text is None or _is_secret(text, one) for one in live)


def _is_secret(text: str, stored: ClientSecret) -> bool:
    if stored.kind == ClientSecret.Kind.SHA256:
        return stored.digest == digest(TokenKind.SECRET, text)
    return verify_slow(stored.digest, text)


def _opened(hook: InlineHook | EventHook) -> str | None:
    """The value of its receiver's header; None under a key that is gone."""
    try:
        if isinstance(hook, EventHook):
            return of_event_hooks.open_auth(hook)
        return of_inline_hooks.open_auth(hook)
    except Unopenable:
        return None
