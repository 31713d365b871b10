"""What one client is at run time, frozen: compiled from rows once per version."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from authzsite.domain.client_auth import AuthMethod, ClientFacts, SecretFact
from authzsite.domain.token_policy import TokenPolicy
from authzsite.domain.vocabulary import REFRESH_TOKEN_GRANT

NATIVE = "native"
CONFIGURATION = "config"


@dataclass(frozen=True, slots=True)
class ClientSnapshot:
    """One client at one version; `id` is the row's, `client_id` the name on the wire."""

    id: str
    client_id: str
    name: str
    type: str
    is_active: bool
    version: int
    epoch: int
    created: datetime
    grant_types: frozenset[str]
    auth_method: AuthMethod
    response_types: tuple[str, ...] = ()
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    pkce_required: bool = True
    consent_method: str = "TRUSTED"
    """REQUIRED: users are asked; TRUSTED: they aren't."""
    rotation_type: str = "ROTATE"
    """ROTATE: each refresh gives a new refresh token; STATIC: the same one (R13)."""
    leeway: int = 30
    """Seconds in which a rotated refresh token still returns its successor (R13)."""
    secrets: tuple[SecretFact, ...] = field(default=(), repr=False)
    jwks: Mapping[str, Any] | None = None
    jwks_uri: str = ""
    token_policy: TokenPolicy | None = None
    allowed_origins: frozenset[str] = frozenset()
    """Origins whose pages may call for this client: registered ones and those of redirect URIs."""
    client_uri: str = ""
    logo_uri: str = ""
    tos_uri: str = ""
    policy_uri: str = ""
    initiate_login_uri: str = ""

    @property
    def is_public(self) -> bool:
        """Whether it can't keep a secret: PKCE is then always required (R5)."""
        return self.auth_method is AuthMethod.NONE

    @property
    def is_native(self) -> bool:
        """Whether loopback redirect URIs may come with any port (R5)."""
        return self.type == NATIVE

    @property
    def facts(self) -> ClientFacts:
        """What client authentication needs."""
        return ClientFacts(self.id, self.client_id, self.auth_method, self.is_active, self.secrets)

    @property
    def may_refresh(self) -> bool:
        """Whether it can get refresh tokens (R10)."""
        return REFRESH_TOKEN_GRANT in self.grant_types

    def may_use(self, grant_type: str) -> bool:
        """Whether the client has this grant type."""
        return grant_type in self.grant_types
