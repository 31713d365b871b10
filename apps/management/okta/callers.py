"""Who calls: the owner of an API token (`SSWS`), or a client with a token of the organisation's
server.

The SDK for Python writes `SSWS` and the token without a space between.
"""

from dataclasses import dataclass
from typing import Final

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from apps.directory.models import User
from apps.directory.targets import actor_of
from apps.management.api_tokens.services import find_api_token, note_use
from apps.management.resource_server import ConfigurationToken
from apps.systemlog.entries import Actor
from apps.tokens import clock
from authzsite.domain.tokens import Kind, digest

SCHEME: Final = "ssws"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A living API token."""

    id: str
    owner: User
    fingerprint: str


class ApiTokenAuthentication(BaseAuthentication):
    """`Authorization: SSWS <token>`; other schemes are somebody else's."""

    def authenticate(self, request: Request) -> tuple[Actor, ApiKey] | None:
        """The owner as the actor. AuthenticationFailed for a token that isn't alive."""
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if header[: len(SCHEME)].lower() != SCHEME:
            return None
        text, now = header[len(SCHEME) :].strip(), clock.now()
        row = find_api_token(text, now)
        if row is None:
            raise AuthenticationFailed
        note_use(row, now)
        return actor_of(row.owner), ApiKey(row.pk, row.owner, digest(Kind.API, text))

    def authenticate_header(self, request: Request) -> str:
        """What a call without a credential is told."""
        return "SSWS"


def fingerprint_of(request: Request) -> str:
    """What the credential of a call that was let in is known by: never the credential."""
    key: ApiKey | ConfigurationToken = request.auth  # type: ignore[assignment]
    return key.fingerprint
