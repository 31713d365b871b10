"""Single use: what a presented refresh token or authorization code is, and what follows.

One conditional UPDATE decides who wins (the store's job). When it changed no row, or to explain
the answer, these functions name the case from what the grant's row says. The owner is compared
before anything destructive, so nobody can kill another client's family (R13).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from authzsite.domain.lifetimes import is_dead, utc
from authzsite.domain.limits import MAX_REFRESH_RETRIES
from authzsite.domain.pkce import verifier_error
from authzsite.domain.tokens import same


class Rotation(StrEnum):
    """R13: a new refresh token at each use, or the same one for ever."""

    ROTATE = "ROTATE"
    STATIC = "STATIC"


class RefreshCase(StrEnum):
    """What a presented refresh token is; the value is the reason in the log."""

    FRESH = "fresh"
    RETRY = "retry"
    REUSED = "replayed"
    EXPIRED = "expired"
    IDLE = "idle"
    REVOKED = "revoked"
    WRONG_CLIENT = "mismatched_client"
    UNKNOWN = "invalid_refresh_token"


@dataclass(frozen=True, slots=True)
class RefreshState:
    """What the grant's row says of its refresh tokens.

    Digests are hexadecimal, None when there is none. `retries` counts the retries answered since
    the last rotation. `revoked_by` names who or what ended the family.
    """

    client_id: str
    current_digest: str | None
    idle_expires_at: datetime
    previous_digest: str | None = None
    rotated_at: datetime | None = None
    retries: int = 0
    leeway_seconds: int = 0
    rotation: Rotation = Rotation.ROTATE
    absolute_expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
    revoked_by: str | None = None


@dataclass(frozen=True, slots=True)
class Presented:
    """A presented refresh token; `is_genuine_older`: its tag was made with the family's key."""

    digest: str
    client_id: str
    is_genuine_older: bool = False


@dataclass(frozen=True, slots=True)
class RefreshOutcome:
    """The case, and for a revoked family what revoked it."""

    case: RefreshCase
    revoked_by: str = ""

    @property
    def is_usable(self) -> bool:
        """Does the client get tokens?"""
        return self.case in (RefreshCase.FRESH, RefreshCase.RETRY)

    @property
    def kills(self) -> bool:
        """Must the whole family die now?"""
        return self.case is RefreshCase.REUSED

    @property
    def reason(self) -> str:
        """The reason for the log (R14)."""
        return f"revoked:{self.revoked_by}" if self.case is RefreshCase.REVOKED else self.case.value


def classify_refresh(
    state: RefreshState | None, presented: Presented, now: datetime
) -> RefreshOutcome:
    """Name the case of a presented refresh token; `state` is None when no grant was found."""
    if state is None or not _belongs(state, presented):
        return RefreshOutcome(RefreshCase.UNKNOWN)
    if state.client_id != presented.client_id:
        return RefreshOutcome(RefreshCase.WRONG_CLIENT)
    if state.revoked_at is not None or state.revoked_by:
        return RefreshOutcome(RefreshCase.REVOKED, state.revoked_by or "unknown")
    if is_dead(state.absolute_expires_at, now):
        return RefreshOutcome(RefreshCase.EXPIRED)
    if is_dead(state.idle_expires_at, now):
        return RefreshOutcome(RefreshCase.IDLE)
    return RefreshOutcome(_generation(state, presented.digest, now))


def _belongs(state: RefreshState, presented: Presented) -> bool:
    return (
        _matches(state.current_digest, presented.digest)
        or _matches(state.previous_digest, presented.digest)
        or presented.is_genuine_older
    )


def _generation(state: RefreshState, digest: str, now: datetime) -> RefreshCase:
    if _matches(state.current_digest, digest):
        return RefreshCase.FRESH
    if _matches(state.previous_digest, digest) and _in_leeway(state, now):
        return RefreshCase.RETRY
    return RefreshCase.REUSED


def _in_leeway(state: RefreshState, now: datetime) -> bool:
    # The previous token's successor is the current one, so it is unused by construction.
    if state.rotated_at is None or state.leeway_seconds <= 0:
        return False
    if state.retries >= MAX_REFRESH_RETRIES:
        return False
    # On both sides: hosts differ by seconds, but a clock that went back by an hour (F24) must not
    # give the predecessor another hour.
    return abs(utc(now) - utc(state.rotated_at)) < timedelta(seconds=state.leeway_seconds)


def _matches(stored: str | None, presented: str) -> bool:
    return bool(stored) and same(stored or "", presented)


class CodeCase(StrEnum):
    """What a presented authorization code is; the value is the reason in the log."""

    REDEEMABLE = "redeemable"
    REPLAYED = "code_replayed"
    EXPIRED = "expired"
    WRONG_CLIENT = "mismatched_client"
    REDIRECT_MISMATCH = "mismatched_redirect_uri"
    PKCE_FAILED = "pkce_verification_failed"
    REVOKED = "revoked"
    UNKNOWN = "invalid_authorization_code"


_BURNING: Final = frozenset({CodeCase.REDIRECT_MISMATCH, CodeCase.PKCE_FAILED})


@dataclass(frozen=True, slots=True)
class CodeState:
    """What the grant's row says of its code; `code_challenge` is None when none was sent."""

    client_id: str
    redirect_uri: str
    expires_at: datetime
    code_challenge: str | None = None
    consumed_at: datetime | None = None
    revoked_at: datetime | None = None
    revoked_by: str | None = None


@dataclass(frozen=True, slots=True)
class PresentedCode:
    """The token request of a code: empty parameters are absent ones."""

    client_id: str
    redirect_uri: str | None = None
    code_verifier: str | None = None


@dataclass(frozen=True, slots=True)
class CodeOutcome:
    """The case, with the detail of a revocation or a failed PKCE check."""

    case: CodeCase
    detail: str = ""

    @property
    def is_usable(self) -> bool:
        """May the code be consumed for tokens?"""
        return self.case is CodeCase.REDEEMABLE

    @property
    def burns(self) -> bool:
        """Must the code be consumed though nothing is issued? (its owner failed to prove itself)"""
        return self.case in _BURNING

    @property
    def kills(self) -> bool:
        """Must everything that was issued from the code die?"""
        return self.case is CodeCase.REPLAYED

    @property
    def reason(self) -> str:
        """The reason for the log."""
        if self.case is CodeCase.REVOKED:
            return f"revoked:{self.detail}"
        return self.detail or self.case.value


def classify_code(state: CodeState | None, presented: PresentedCode, now: datetime) -> CodeOutcome:
    """Name the case of a presented code; `state` is None when no grant was found."""
    if state is None:
        return CodeOutcome(CodeCase.UNKNOWN)
    if state.client_id != presented.client_id:
        return CodeOutcome(CodeCase.WRONG_CLIENT)
    if state.consumed_at is not None:  # also a day later (RFC 6749 §4.1.2)
        return CodeOutcome(CodeCase.REPLAYED)
    if state.revoked_at is not None or state.revoked_by:
        return CodeOutcome(CodeCase.REVOKED, state.revoked_by or "unknown")
    if is_dead(state.expires_at, now):
        return CodeOutcome(CodeCase.EXPIRED)
    return _proof(state, presented)


def _proof(state: CodeState, presented: PresentedCode) -> CodeOutcome:
    if (presented.redirect_uri or "") != state.redirect_uri:  # RFC 6749 §4.1.3
        return CodeOutcome(CodeCase.REDIRECT_MISMATCH)
    reason = verifier_error(state.code_challenge, presented.code_verifier)
    if reason is not None:
        return CodeOutcome(CodeCase.PKCE_FAILED, reason)
    return CodeOutcome(CodeCase.REDEEMABLE)
