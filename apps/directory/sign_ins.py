"""What a browser session knows of its sign-in: when, how, and its name in tokens."""

import secrets
import time
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

AUTH_TIME = "auth_time"
SESSION_ID = "sid"
BEGAN = "began"  # from which on it lasts at most so long, whatever happens in it
RECORDS = "account_authentication_methods"  # allauth's list of what has been proved, and when
RECORDS_OF = "account_authentication_methods_user"  # and of whom
REFERENCES = {"password": "pwd", "totp": "otp", "webauthn": "hwk", "recovery_codes": "otp"}


@dataclass(frozen=True, slots=True)
class SignIn:
    """The sign-in of a session; `amr` holds RFC 8176 references."""

    auth_time: datetime
    session_id: str
    amr: str


def begin(session: MutableMapping[str, Any]) -> None:
    """Somebody has just signed in: a new name for the session, which isn't its key."""
    session[SESSION_ID] = secrets.token_urlsafe(16)
    session[BEGAN] = time.time()
    renew(session)


def renew(session: MutableMapping[str, Any]) -> None:
    """Whoever is signed in has just proved it again."""
    session[AUTH_TIME] = time.time()


def read(session: Mapping[str, Any]) -> SignIn | None:
    """The session's sign-in; None for a session that began otherwise."""
    moment, session_id = session.get(AUTH_TIME), session.get(SESSION_ID)
    if not isinstance(moment, float) or not isinstance(session_id, str):
        return None
    return SignIn(datetime.fromtimestamp(moment, UTC), session_id, references(session))


def references(session: Mapping[str, Any]) -> str:
    """RFC 8176: what was proved; `mfa` when it was more than one thing."""
    records = session.get(RECORDS)
    methods = [r.get("type") or r.get("method") for r in records or () if isinstance(r, dict)]
    found = list(dict.fromkeys(REFERENCES[name] for name in methods if name in REFERENCES))
    if len(found) > 1:
        found.append("mfa")
    return " ".join(found) or "pwd"
