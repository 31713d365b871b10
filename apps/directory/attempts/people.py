"""Whose account a guess is at, whatever was typed, and from which browser."""

import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.core import signing
from django.db.models import Q
from django.utils import timezone

from apps.directory.attempts import limits
from apps.directory.attempts.counts import source_of
from apps.directory.attempts.limits import Tally
from apps.directory.attempts.take import Attempted, take
from apps.directory.models import User
from authzsite.domain.tokens import digest

DEVICE_COOKIE: Final = "device"
DEVICE_SECONDS: Final = 180 * 24 * 60 * 60
SALT: Final = "authzsite known browser"


@dataclass(frozen=True, slots=True)
class Browser:
    """Where a guess comes from: the client's address, and the cookies that came along."""

    address: str
    cookies: Mapping[str, str]


def fold(typed: str) -> str:
    """One spelling for all that look or sort alike: case, width, spaces, invisible characters."""
    text = unicodedata.normalize("NFKC", typed).casefold()
    return "".join(c for c in text if c.isprintable() and not c.isspace())


def account_of(typed: str) -> str:
    """The account that a login or an e-mail address means, by name: what was typed itself where
    there is none. Only for counting; who signs in types the login octet for octet (R7)."""
    spellings = [text for text in {typed, typed.strip(), fold(typed)} if "\0" not in text]
    meant = Q(login__in=spellings) | Q(email__in=spellings)
    found = User.objects.filter(meant).order_by("pk").values_list("login", flat=True).first()
    return digest("account", fold(found or typed))


def device_value(login: str) -> str:
    """What a browser keeps that has signed in as this user: signed, worth a count of its own."""
    return signing.dumps([account_of(login), secrets.token_urlsafe(12)], salt=SALT)


def known_device(account: str, browser: Browser) -> str:
    """The browser's number, if it has signed in to this very account lately; else nothing."""
    value = browser.cookies.get(f"{settings.COOKIE_PREFIX}{DEVICE_COOKIE}", "")
    try:
        owner, device = signing.loads(value, salt=SALT, max_age=DEVICE_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    return str(device) if owner == account else ""


def sign_in_attempt(typed: str, browser: Browser) -> Attempted:
    """Count a guess at somebody's password; TooManyError when there were enough.

    A known browser has a count of its own: strangers can use up all the others, not this one
    (row 234).
    """
    now, account = timezone.now(), account_of(typed)
    if device := known_device(account, browser):
        return take([limits.DEVICE.tally(now, account, device)], now)
    source = source_of(browser.address)
    return take(
        [
            limits.ACCOUNT_AT_SOURCE.tally(now, account, source),
            limits.SOURCE.tally(now, source),
            limits.ACCOUNT.tally(now, account),
            limits.EVERYTHING.tally(now),
        ],
        now,
    )


def code_attempt(user: User, browser: Browser) -> Attempted:
    """Count a guess at somebody's second factor (row 241)."""
    now, account = timezone.now(), account_of(user.login)
    return take(_code_tallies(now, account, known_device(account, browser)), now)


def _code_tallies(now: datetime, account: str, device: str) -> list[Tally]:
    if device:
        known = (limits.KNOWN_CODE, limits.KNOWN_CODES_A_DAY)
        return [limit.tally(now, account, device) for limit in known]
    return [limit.tally(now, account) for limit in (limits.CODE, limits.CODES_A_DAY)]


def mail_attempt(address: str, browser: Browser) -> Attempted:
    """Count a mail that somebody causes to be sent."""
    now, source = timezone.now(), source_of(browser.address)
    return take(
        [
            limits.MAIL_TO_ADDRESS.tally(now, fold(address)),
            limits.MAIL_FROM_SOURCE.tally(now, source),
        ],
        now,
    )
