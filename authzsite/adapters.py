"""What allauth may do here: sign people in, not up; and keep second factors unreadable at rest."""

import base64
import logging
import os
from smtplib import SMTPException
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.stages import EmailVerificationStage
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.directory.attempts import (
    DEVICE_COOKIE,
    Attempted,
    TooManyError,
    device_value,
    sign_in_attempt,
    turn,
)
from apps.directory.attempts.pages import admitted, browser_of, too_many
from apps.directory.attempts.people import DEVICE_SECONDS
from apps.directory.models import User
from apps.directory.second_factors import is_last_that_is_needed
from apps.directory.services import set_password
from apps.directory.signals import wait
from apps.directory.targets import actor_of
from apps.oauth.account.email import send_link
from apps.servers.selectors import installation

logger = logging.getLogger(__name__)
NONCE_BYTES = 12
PURPOSE = b"authzsite second factor"


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by administrators."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up by themselves."""
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Count, then hash, one at a time per core. Only who may sign in: allauth has a page of
        its own for the others, which would tell that the password was right (row 230)."""
        attempt = self.count_attempt(request, credentials)
        user = hash_in_turn(request, attempt, credentials)
        AuthenticationBackend.unstash_authenticated_user()
        if user is None:
            return None
        attempt.forgive()
        return user

    def count_attempt(self, request: HttpRequest, credentials: dict[str, Any]) -> Attempted:
        """The one limiter of every door where a password is typed (rows 232 to 238)."""
        login = str(credentials.get("username", ""))
        return admitted(request, lambda: sign_in_attempt(login, browser_of(request)))

    def get_login_stages(self) -> list[str]:
        """With our own in place of allauth's, which counts addresses that an account had once."""
        ours = f"{__name__}.{VerifiedAddressStage.__name__}"
        theirs = "allauth.account.stages.EmailVerificationStage"
        return [ours if one == theirs else one for one in super().get_login_stages()]

    def post_login(self, request: HttpRequest, user: Any, **rest: Any) -> HttpResponse:
        """This browser is known from now on (row 234)."""
        response: HttpResponse = super().post_login(request, user, **rest)
        response.set_cookie(
            f"{settings.COOKIE_PREFIX}{DEVICE_COOKIE}",
            device_value(user.login),
            max_age=DEVICE_SECONDS,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
        return response

    def is_safe_url(self, url: str) -> bool:
        """Only this very host, by the scheme that it is reached by (row 237)."""
        request = context.request
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )

    def send_mail(self, template_prefix: str, email: str, mail: dict[str, Any]) -> None:
        """A mail server that is down must not tell whose address is known (row 231)."""
        try:
            super().send_mail(template_prefix, email, mail)
        except (OSError, SMTPException) as error:
            logger.error("a mail could not be sent (%s)", type(error).__name__)  # noqa: TRY400

    def send_notification_mail(
        self,
        template_prefix: str,
        user: Any,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """To the address that the account has: allauth's own list of addresses may be older."""
        super().send_notification_mail(template_prefix, user, context, email or user.email)

    def set_password(self, user: User, password: str) -> None:
        """Through the service, so that tokens end with the old password (R15)."""
        row = User.objects.get(pk=user.pk)  # what allauth hands over may be lazy
        set_password(actor=actor_of(row), user=row, password=password)
        user.refresh_from_db()


class VerifiedAddressStage(EmailVerificationStage):
    """Where people need a verified address, who has none waits here for the link. Behind the
    password, so the page says nothing to whom doesn't know it."""

    def handle(self) -> tuple[HttpResponse | None, bool]:
        """Nothing to do, or a mail and the page that says so."""
        user = self.login.user
        is_needed = user is not None and user.verified_email != user.email
        if not is_needed or not installation().people_need_verified_email:
            return None, True
        wait(user)
        send_link(self.request, user)
        return HttpResponseRedirect(reverse(str(self.urlname))), True


def hash_in_turn(
    request: HttpRequest, attempt: Attempted, credentials: dict[str, Any]
) -> User | None:
    """Verify a password that was counted; who isn't served gets the guess back."""
    try:
        with turn():
            user = authenticate(request, **credentials)
    except TooManyError as error:
        attempt.forgive()
        raise ImmediateHttpResponse(too_many(request, error.seconds)) from None
    return user if isinstance(user, User) else None


class MfaAdapter(DefaultMFAAdapter):
    """Second factors are stored encrypted with the key encryption key."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "cannot_delete_authenticator": _(
            "Administrators need a second factor here, and this is your last. Add another first."
        ),
    }

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Administrators keep one where they need one."""
        return not is_last_that_is_needed(authenticator)

    def generate_authenticator_name(self, user: User, type: str) -> str:  # noqa: A002
        """Until its owner thinks of a better one."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return gettext("Passkey %(number)s") % {"number": count + 1}

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
