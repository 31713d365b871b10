"""What one authorization server is at one version: frozen, compiled from rows once per process and
version.

Nothing here is read again while a request is served. Liveness is not decided from it alone: the
request's one SELECT tells which version is the present one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from authzsite.domain.claims import ClaimSpec
from authzsite.domain.policy_types import PolicyBook

Jwk = Mapping[str, Any]


class Signer(Protocol):
    """A private key that signs. The core never looks inside."""

    @property
    def kid(self) -> str: ...

    @property
    def alg(self) -> str: ...

    def sign(self, data: bytes) -> bytes:
        """The JWS signature of the signing input."""
        ...


@dataclass(frozen=True, slots=True)
class ScopeSpec:
    """A scope that the server defines, as consent page and metadata need it."""

    name: str
    epoch: int
    display_name: str = ""
    description: str = ""
    consent: str = "IMPLICIT"
    is_default: bool = False
    is_optional: bool = False
    is_published: bool = False
    is_system: bool = False


@dataclass(frozen=True, slots=True)
class KeySet:
    """The key that signs, and every published public key by its `kid` (never a revoked one)."""

    current: Signer
    public: Mapping[str, Jwk]
    jwks: Mapping[str, Any]
    """The document of the keys endpoint."""

    def is_published(self, kid: str) -> bool:
        """Whether JWTs signed with this key may still be alive (R15)."""
        return kid in self.public


@dataclass(frozen=True, slots=True)
class ServerSnapshot:
    """One authorization server at one version."""

    id: str
    version: int
    epoch: int
    name: str
    issuer: str
    audience: str
    scope_mode: str
    access_token_format: str
    signing_alg: str
    is_active: bool
    is_organization: bool
    revoke_on_password_change: bool
    scopes: Mapping[str, ScopeSpec]
    claims: tuple[ClaimSpec, ...]
    book: PolicyBook
    keys: KeySet
    resource_servers: frozenset[str] = frozenset()
    """Row ids of the clients that are the protected API (R4a)."""
    epochs: frozenset[int] = frozenset()
    """Of everything inside the server that a token may stand on: active policies, their active
    rules, all scopes. The token policy of a configuration client counts beside it.
    """
    ends: Mapping[int, datetime] = field(default_factory=dict)
    """Of the epochs of rules that are in force for a time: the instant from which they aren't."""

    def epochs_at(self, now: datetime) -> frozenset[int]:
        """Those that a token may stand on now. A rule whose time is over is as good as deactivated
        (R6): a token that was issued under it dies at that instant, by arithmetic.
        """
        ended = [epoch for epoch, end in self.ends.items() if end <= now]
        return self.epochs.difference(ended) if ended else self.epochs

    @property
    def issues_jwt(self) -> bool:
        """Whether access tokens are JWTs; otherwise they are opaque (R1)."""
        return self.access_token_format != "opaque"  # noqa: S105 - a format

    @property
    def published_scopes(self) -> tuple[str, ...]:
        """`scopes_supported` of the metadata."""
        return tuple(sorted(name for name, scope in self.scopes.items() if scope.is_published))
