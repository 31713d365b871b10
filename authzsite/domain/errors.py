"""The one error of the protocol, raised by whoever notices, answered in one place
(`apps.oauth.respond`).

`description` is for the client and says nothing that helps an attacker; `reason` is the internal
code of the log; `detail` is for the operator's log only.
"""

from collections.abc import Mapping
from typing import Any

from authzsite.domain import vocabulary as words


class OAuthError(Exception):
    """An error answer (RFC 6749 §5.2): `code` is the registered one, `status` the HTTP status of
    JSON endpoints."""

    def __init__(
        self,
        code: str,
        description: str,
        *,
        reason: str = "",
        status: int = 400,
        detail: Mapping[str, Any] | None = None,
        challenge: str = "",
        retry_after: int = 0,
    ) -> None:
        super().__init__(code, reason or code)
        self.code = code
        self.description = description
        self.reason = reason or code
        self.status = status
        self.detail = dict(detail or {})
        self.challenge = challenge
        self.retry_after = retry_after


def invalid_request(
    description: str, reason: str = words.INVALID_REQUEST, **more: Any
) -> OAuthError:
    """RFC 6749 §5.2 `invalid_request`."""
    return OAuthError(words.INVALID_REQUEST, description, reason=reason, **more)


def invalid_client(reason: str, **more: Any) -> OAuthError:
    """401 `invalid_client`: one text and one challenge for every cause, so that clients can't be
    enumerated (G6)."""
    description = "Client authentication failed."
    challenge = 'Basic realm="authzsite"'
    return OAuthError(
        words.INVALID_CLIENT, description, reason=reason, status=401, challenge=challenge, **more
    )


def invalid_grant(reason: str, description: str = "", **more: Any) -> OAuthError:
    """RFC 6749 §5.2 `invalid_grant`; the log alone tells the causes apart (R14)."""
    text = description or "The authorization code is invalid or has expired."
    return OAuthError(words.INVALID_GRANT, text, reason=reason, **more)


def invalid_refresh_token(reason: str, **more: Any) -> OAuthError:
    """`invalid_grant` with the exact text that Okta's browser library waits for."""
    return invalid_grant(reason, "The refresh token is invalid or expired.", **more)


def temporarily_unavailable(reason: str) -> OAuthError:
    """503: storage or a key is unavailable; never a guess (I8)."""
    text = "The service is temporarily unavailable."
    return OAuthError("temporarily_unavailable", text, reason=reason, status=503, retry_after=2)


def too_many_attempts(seconds: int) -> OAuthError:
    """429: too many wrong secrets; a right one isn't looked at before the time is over, either."""
    text = "Too many failed attempts. Try again later."
    return OAuthError(
        "temporarily_unavailable",
        text,
        reason="too_many_attempts",
        status=429,
        retry_after=seconds,
    )
