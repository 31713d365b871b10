"""The management APIs as a protected resource (R19): the toolkit over our verifier.

The toolkit never sees a database: `ConfigurationTokens` replaces the check of its backend, and
what comes out of it is our own frozen token, in the shape that its permission classes ask for.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Protocol

from oauth2_provider.contrib.rest_framework import OAuth2ProtectedResourceAuthentication
from oauth2_provider.oauth2_backends import OAuthLibCore
from rest_framework.request import Request

from apps.management.exceptions import REALM
from apps.oauth import runtime
from apps.oauth.requests import bearer_of
from apps.servers.seeds import ORGANIZATION_SERVER_ID
from apps.tokens import clock
from apps.tokens.django_store import DjangoStore
from apps.tokens.drive import drive
from apps.tokens.introspect import Verdict, judge, present
from apps.tokens.log import client_actor
from authzsite.domain.client import ClientSnapshot
from authzsite.domain.lifetimes import is_dead
from authzsite.domain.tokens import digest
from authzsite.domain.vocabulary import (
    ACCESS_TOKEN,
    INVALID_TOKEN,
    REASON_ACCESS_TOKEN_INVALID,
    REASON_ACCESS_TOKEN_MISSING,
)


class Requirement(Protocol):
    """What a call needs; `permissions` decides what that is."""

    def is_met_by(self, scopes: Iterable[str]) -> bool:
        """Whether a token with these scopes may make the call."""
        ...


@dataclass(frozen=True, slots=True)
class ConfigurationToken:
    """A living configuration token, and what the toolkit's permission classes may ask of one."""

    client: ClientSnapshot
    fingerprint: str
    scopes: tuple[str, ...]
    expires_at: datetime

    @property
    def scope(self) -> str:
        """The scopes as one text."""
        return " ".join(self.scopes)

    def is_valid(self, scopes: Iterable[Requirement]) -> bool:
        """Whether it is alive and allows all of this."""
        return not self.is_expired() and self.allow_scopes(scopes)

    def allow_scopes(self, scopes: Iterable[Requirement]) -> bool:
        """Whether its scopes reach all of this."""
        return all(requirement.is_met_by(self.scopes) for requirement in scopes)

    def is_expired(self) -> bool:
        """Whether its time is over."""
        return is_dead(self.expires_at, clock.now())


@dataclass(frozen=True, slots=True)
class Presented:
    """What was made of a presented token: the token when it is alive, else why not."""

    token: ConfigurationToken | None = None
    reason: str = REASON_ACCESS_TOKEN_MISSING
    client: ClientSnapshot | None = None
    fingerprint: str = ""


class ConfigurationTokens(OAuthLibCore):
    """The toolkit's backend, with the check of a token replaced by ours."""

    def verify_request(self, request: Request, scopes: object) -> tuple[bool, SimpleNamespace]:
        """Whether the request carries a living token; permissions say what it may do."""
        found = verify(bearer_of(request.META.get("HTTP_AUTHORIZATION", "")), clock.now())
        request.presented = found  # type: ignore[attr-defined]
        return found.token is not None, SimpleNamespace(
            user=client_actor(found.token.client) if found.token else None,
            access_token=found.token,
            oauth2_error={"error": INVALID_TOKEN},
        )


class ConfigurationAuthentication(OAuth2ProtectedResourceAuthentication):
    """`Authorization: Bearer` and nothing else."""

    www_authenticate_realm = REALM


def verify(text: str, now: datetime) -> Presented:
    """Judge a token by the one gate, from one SELECT. Raises StorageError."""
    if not text:
        return Presented()
    shown = present(text)
    reading = drive(DjangoStore().read(ORGANIZATION_SERVER_ID, "", shown.lookup, now))
    if shown.kind != ACCESS_TOKEN or reading.server is None or reading.owner is None:
        return Presented(reason=REASON_ACCESS_TOKEN_INVALID)
    verdict = judge(shown, reading, runtime.server_snapshot(reading.server), now)
    if verdict.client_id != reading.owner.id:
        return Presented(reason=REASON_ACCESS_TOKEN_INVALID)
    return _judged(verdict, runtime.client_snapshot(reading.owner))


def _judged(verdict: Verdict, client: ClientSnapshot) -> Presented:
    print_ = verdict.jti_digest or digest("jti", str(verdict.claims.get("jti", "")))
    if verdict.fault is not None or verdict.expires_at is None:
        reason = verdict.fault.reason if verdict.fault else REASON_ACCESS_TOKEN_INVALID
        return Presented(None, reason, client, print_)
    token = ConfigurationToken(client, print_, verdict.scopes, verdict.expires_at)
    return Presented(token, "", client, print_)
