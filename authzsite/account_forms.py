"""allauth's forms where a secret is typed or a mail is caused: each counted by our limiter, before
it is looked at."""

import time
from typing import Any, Final

from allauth.account import forms as account
from allauth.account.adapter import get_adapter as account_adapter
from allauth.core import context
from allauth.mfa.adapter import get_adapter as mfa_adapter
from allauth.mfa.base import forms as mfa
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.mfa.utils import decrypt

from apps.directory.attempts import code_attempt, mail_attempt
from apps.directory.attempts.pages import admitted, browser_of
from apps.directory.models import Status, User
from apps.directory.services import use_step

STEP_SECONDS: Final = 30
MAX_ACCOUNTS: Final = 5  # who share one address and get one mail each


class ChangePasswordForm(account.ChangePasswordForm):
    """The present password is as secret here as at the sign-in (row 238)."""

    def clean_oldpassword(self) -> str:
        """By the same door, which counts and hashes in turn."""
        password = str(self.cleaned_data.get("oldpassword", ""))
        if not account_adapter().reauthenticate(self.user, password):
            raise account_adapter().validation_error("enter_current_password")
        return password


class ResetPasswordForm(account.ResetPasswordForm):
    """To the address that the account has, octet for octet: look-alikes get nothing (row 231)."""

    def clean_email(self) -> str:
        """Same answer whether anybody has the address."""
        email = str(self.data.get("email", "")).strip()  # allauth's field would fold its case
        admitted(context.request, lambda: mail_attempt(email, browser_of(context.request)))
        found = User.objects.filter(email=email, status=Status.ACTIVE)
        self.users = list(found.order_by("pk")[:MAX_ACCOUNTS])
        return email


class _CountedCode:
    """A code is counted before it is compared, given back when it is right, and used once."""

    user: User
    cleaned_data: dict[str, Any]

    def clean_code(self) -> str:
        """Whatever kind of code it is."""
        browser = browser_of(context.request)
        attempt = admitted(context.request, lambda: code_attempt(self.user, browser))
        code: str = super().clean_code()  # type: ignore[misc]
        authenticator = getattr(self, "authenticator", None)
        if authenticator is not None and not is_first_use(authenticator, code):
            raise mfa_adapter().validation_error("incorrect_code")
        attempt.forgive()
        return code


class AuthenticateForm(_CountedCode, mfa.AuthenticateForm):
    """At the sign-in."""


class ReauthenticateForm(_CountedCode, mfa.ReauthenticateForm):
    """Before a sensitive change."""


class ActivateTOTPForm(_CountedCode, totp.ActivateTOTPForm):
    """While enrolling."""


def is_first_use(authenticator: Authenticator, code: str) -> bool:
    """Whether an app's code is newer than the last one; recovery codes see to it themselves."""
    if authenticator.type != Authenticator.Type.TOTP:
        return True
    secret = decrypt(authenticator.data["secret"])
    plain = "".join(code.split())
    steps = [
        step
        for step in yield_hotp_counters_from_time()
        if format_hotp_value(hotp_value(secret, step)) == plain
    ]
    step = max(steps, default=int(time.time()) // STEP_SECONDS)
    return use_step(authenticator=authenticator, step=step)
