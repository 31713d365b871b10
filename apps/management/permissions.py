"""R20-R22: whether a token's pattern scopes reach the call, decided on the path that was routed."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote, urlsplit

from django.http import HttpRequest
from oauth2_provider.contrib.rest_framework import TokenHasScope
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.management.exceptions import Refusal, insufficient_scope, not_found
from apps.management.resource_server import ConfigurationToken
from authzsite.domain.api_scopes import permits
from authzsite.domain.pattern_delegation import excess
from authzsite.domain.pattern_scopes import (
    BadPath,
    is_secret_path,
    request_segments,
    smallest_scope_for,
)

# RFC 3986 §6.2.2.2: an escape of one of these is a second spelling of the same path.
_NEEDLESS_ESCAPE = re.compile(
    r"%(?:2[DEde]|3[0-9]|4[1-9A-Fa-f]|5[0-9AaFf]|6[1-9A-Fa-f]|7[0-9AaEe])"
)
_SAFE = "/:@!$&'()*+,;=~"


@dataclass(frozen=True, slots=True)
class PathRequirement:
    """A method on a path below the organisation."""

    method: str
    segments: tuple[str, ...]

    def is_met_by(self, scopes: Iterable[str]) -> bool:
        """Whether a token with these scopes may do it."""
        return permits(scopes, self.method, self.segments)

    @property
    def smallest_scope(self) -> str:
        """The least scope that would do."""
        return smallest_scope_for(self.method, self.segments)

    def scope_used(self, scopes: Iterable[str]) -> str | None:
        """The scope by which the call is allowed, for the log."""
        return next((s for s in scopes if permits((s,), self.method, self.segments)), None)

    @property
    def is_secret(self) -> bool:
        """Whether a client secret is there, so that reading isn't enough (R22)."""
        return is_secret_path(self.segments)

    def __str__(self) -> str:
        return self.smallest_scope


class TokenReachesPath(TokenHasScope):
    """The toolkit's scope permission; the scope that is needed follows from method and path."""

    def get_scopes(self, request: Request, view: APIView) -> list[PathRequirement]:
        """One requirement: this call."""
        return [view.requirement]  # type: ignore[attr-defined]

    def has_permission(self, request: Request, view: APIView) -> bool:
        """False without a token; Refusal names the smallest scope that would do."""
        if super().has_permission(request, view):
            return True
        if request.auth is not None:
            raise insufficient_scope(view.requirement.smallest_scope)  # type: ignore[attr-defined]
        return False


def requirement_of(request: HttpRequest, *, in_organization: bool = True) -> PathRequirement:
    """What the request needs. Refused: an ambiguous path (400, R20), and a second spelling of one
    (404), so that matching and routing always mean the same path. `in_organization`: the path
    begins with the organisation, which no scope names."""
    raw = raw_path(request)
    below = _below_organization if in_organization else _whole
    routed = below(request.path_info)
    segments = request_segments(below(raw))
    if isinstance(segments, BadPath):
        raise Refusal(400, f"The path is malformed: {segments.reason}.")
    is_canonical = raw.startswith("/") and not _NEEDLESS_ESCAPE.search(raw)
    if not is_canonical or "/".join(segments) != routed:
        raise not_found()
    return PathRequirement((request.method or "").upper(), segments)


def raw_path(request: HttpRequest) -> str:
    """The path as sent, still encoded; from a server that doesn't hand it on, encoded again."""
    scope: dict[str, Any] = getattr(request, "scope", {})
    sent = scope.get("raw_path", b"").decode("latin-1")
    sent = sent or request.META.get("RAW_URI") or request.META.get("REQUEST_URI") or ""
    if not sent.startswith("/"):
        sent = urlsplit(sent).path
    return sent.partition("?")[0] or quote(request.path_info, safe=_SAFE)


def token_of(request: Request) -> ConfigurationToken:
    """The caller's token, once the permission has been given."""
    token: Any = request.auth
    return cast(ConfigurationToken, token)


def require_held(request: Request, scopes: Iterable[str]) -> None:
    """Refuse to hand out what the caller's own token doesn't have (row 260)."""
    wanted = excess(token_of(request).scopes, tuple(scopes))
    if wanted is not None:
        raise insufficient_scope(wanted)


def _whole(path: str) -> str:
    return path.removeprefix("/")


def _below_organization(path: str) -> str:
    return path.removeprefix("/").partition("/")[2]
