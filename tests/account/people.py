"""People with second factors, and what they type."""

import re
from typing import Any

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.core import mail

from apps.directory.models import User
from tests.factories import PASSWORD
from tests.oauth.flow import Browser, Response, sign_in

SECOND = "/accounts/2fa/authenticate/"


def with_app(user: User) -> str:
    """Enrol an authenticator app; its secret."""
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(user, secret)
    return secret


def with_recovery_codes(user: User) -> list[str]:
    """Codes in place of a second factor."""
    return RecoveryCodes.activate(user).get_unused_codes()


def code_of(secret: str, later: int = 0) -> str:
    """What the app shows now, or steps later."""
    now = list(totp.yield_hotp_counters_from_time())[1]
    return totp.format_hotp_value(totp.hotp_value(secret, now + later))


def past_the_password(user: User, **more: str) -> Browser:
    """A browser that is asked for the second factor."""
    browser = Browser()
    assert sign_in(browser, user, **more).headers["Location"] == SECOND
    return browser


def type_code(browser: Browser, code: str) -> Response:
    return browser.post(SECOND, {"code": code})


def signed_in(user: User, **browser: Any) -> Browser:
    """By password alone."""
    found = Browser(**browser)
    assert sign_in(found, user).status_code == 302
    return found


def confirmed(browser: Browser) -> Browser:
    """Whoever is signed in has proved it again."""
    answer = browser.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": "/account/"})
    assert answer.status_code == 302
    return browser


def link_in_mail() -> str:
    """The path of the link in the last mail."""
    found = re.search(r"https?://[^/]+(/\S+)", str(mail.outbox[-1].body))
    assert found is not None
    return found[1]
