"""An authorization request on its way through sign-in and consent: signed, expiring, bound to one
browser, and stored nowhere (rows 108, 111).

The signature is ours, so the values are those that the client sent. The browser is recognised by a
cookie of which the transaction holds the digest; from the consent page on also by the session.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.core import signing

from authzsite.domain.errors import OAuthError
from authzsite.domain.limits import TRANSACTION_SECONDS

SALT = "authzsite.authorize.transaction"


class Stage(StrEnum):
    """What the browser was sent away for."""

    ENTER = "enter"  # to come back with its cookies, which a POST from another site lacks
    SIGN_IN = "sign_in"
    CONSENT = "consent"


@dataclass(frozen=True, slots=True)
class Transaction:
    """One pending authorization request: the client's parameters, and what was proved of them.

    `return_uri` and `client_name` are for the pages on the way, `shown` are the scopes of the
    consent page.
    """

    id: str
    server_id: str
    values: Mapping[str, str]
    started_at: float
    stage: str
    browser: str
    return_uri: str
    client_name: str
    user_id: str = ""
    session_id: str = ""
    shown: tuple[str, ...] = ()

    @property
    def started(self) -> datetime:
        """When the client sent the request."""
        return datetime.fromtimestamp(self.started_at, UTC)


class OnPage(OAuthError):
    """An error that is shown on our own page even where the client's address is known: the browser
    isn't the one that the answer belongs to."""


def new_transaction_id() -> str:
    """128 random bits."""
    return secrets.token_urlsafe(16)


def digest_of(text: str) -> str:
    """How a browser or a transaction is named without giving it away."""
    return hashlib.sha256(f"transaction\0{text}".encode()).hexdigest()


def seal(transaction: Transaction) -> str:
    """The transaction as text for a URL or a hidden field."""
    return signing.dumps(asdict(transaction), salt=SALT, compress=True)


def unseal(text: str, server_id: str, browser: str, now: datetime) -> Transaction:
    """The transaction of a text; OnPage unless this server's, this browser's, and young."""
    found = read(text)
    if found is None or found.server_id != server_id:
        raise _lost("invalid_transaction")
    if not browser or found.browser != digest_of(browser):
        raise _lost("transaction_of_another_browser")
    if now - found.started > timedelta(seconds=TRANSACTION_SECONDS):
        raise _lost("transaction_expired")
    return found


def read(text: str) -> Transaction | None:
    """The transaction of a text that we signed, None for anything else."""
    try:
        values: dict[str, Any] = signing.loads(text, salt=SALT)
    except (signing.BadSignature, ValueError):
        return None
    return Transaction(**{**values, "shown": tuple(values["shown"])})


def at_stage(transaction: Transaction, stage: Stage, **changes: Any) -> Transaction:
    """The same request, sent away for something else."""
    return replace(transaction, stage=stage.value, **changes)


def _lost(reason: str) -> OnPage:
    text = "This sign-in has expired or was begun in another browser. Go back to the application."
    return OnPage("invalid_request", text, reason=reason)
