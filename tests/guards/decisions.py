"""What a write past the services does, column by column. A new column needs a line here.

| a line of   | the write                                                                        |
|-------------|----------------------------------------------------------------------------------|
| `kills`     | ends these tokens (see `tests.oauth.liveness.scene`), and its undoing revives none |
| `versions`  | raises the version by which every process compiles anew; no token dies             |
| `refused`   | is refused                                                                         |
| `free`      | stands: no token and no snapshot reads the column                                  |
"""

from dataclasses import dataclass, field
from typing import Final

from django.db.models import Model

from apps.clients.models import (
    Client,
    ClientSecret,
    GroupAssignment,
    TokenPolicy,
    UserAssignment,
)
from apps.directory.models import Group, GroupMembership, User
from apps.policies.models import FollowedEnd, Policy, Rule
from apps.servers.models import AuthorizationServer, Claim, Installation, Scope, SigningKey
from tests.oauth.liveness.causes import NOTHING, OF_CLIENT, OF_POLICY, OF_SERVER, OF_USER

Columns = tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """The decisions of one table. `lower` are counters: they may rise, never fall."""

    model: type[Model]
    kills: dict[str, frozenset[str]] = field(default_factory=dict)
    versions: Columns = ()
    refused: Columns = ()
    free: Columns = ()
    lower: Columns = ()
    deleted: frozenset[str] | None = None  # what a deletion ends; None: it is refused

    @property
    def columns(self) -> list[str]:
        """Every column that has a line."""
        return [*self.kills, *self.versions, *self.refused, *self.free, *self.lower]


USERS: Final = Table(
    User,
    kills={"status": OF_USER, "password": OF_USER},
    refused=("id",),
    lower=("epoch", "password_epoch"),
    free=(
        *("login", "email", "first_name", "last_name", "profile", "is_staff", "is_superuser"),
        "is_help_desk",
        *("created", "last_updated", "activated", "status_changed", "password_changed"),
        *("last_login", "verified_email"),
    ),
    deleted=OF_USER,
)
GROUPS: Final = Table(
    Group,
    refused=("id", "type"),
    free=("name", "description", "created", "last_updated", "last_membership_updated"),
    deleted=OF_USER,
)
MEMBERSHIPS: Final = Table(
    GroupMembership, refused=("id", "group_id", "user_id"), free=("created",), deleted=OF_USER
)
CLIENTS: Final = Table(
    Client,
    kills=dict.fromkeys(
        (
            *("client_id", "type", "status", "grant_types", "redirect_uris", "jwks", "jwks_uri"),
            *("token_endpoint_auth_method", "token_policy_id"),
        ),
        OF_CLIENT,
    ),
    versions=(
        *("name", "response_types", "post_logout_redirect_uris", "pkce_required", "leeway"),
        *("consent_method", "rotation_type", "allowed_origins", "client_uri", "logo_uri"),
        *("tos_uri", "policy_uri", "initiate_login_uri", "created", "last_updated"),
        *("login_policy_id", "registered_by"),
    ),
    refused=("id",),
    lower=("version", "epoch"),
    deleted=OF_CLIENT,
)
SECRETS: Final = Table(
    ClientSecret,
    versions=("kind", "digest", "last_four", "status", "expires_at"),
    refused=("id", "client_id"),
    free=("last_used_at", "created", "last_updated"),
    deleted=NOTHING,
)
DIRECT: Final = Table(
    UserAssignment,
    kills={"valid_until": OF_USER},  # brought forward; a later end ends nothing
    refused=("id", "client_id", "user_id", "valid_from"),  # put off while it holds
    free=("created", "is_followed"),
    deleted=OF_USER,
)
BY_GROUP: Final = Table(
    GroupAssignment,
    kills={"valid_until": OF_USER},
    refused=("id", "client_id", "group_id", "valid_from"),
    free=("created", "is_followed"),
    deleted=OF_USER,
)
INSTALLATION: Final = Table(
    Installation,
    refused=("id",),
    lower=("epoch", "first_version"),
    free=(
        *("organization", "demo_applied", "created", "staff_need_second_factor"),
        "people_need_verified_email",
        "has_cutoffs",  # see test_tokens
    ),
)
SERVERS: Final = Table(
    AuthorizationServer,
    kills=dict.fromkeys(
        ("audience", "scope_mode", "access_token_format", "status", "is_organization"), OF_SERVER
    ),
    versions=(
        *("name", "description", "signing_alg", "rotation_mode", "issuer_mode"),
        *("revoke_on_password_change", "policy_test_mode", "second_person"),
        *("created", "last_updated"),
    ),
    refused=("id",),
    lower=("version", "epoch"),
    deleted=OF_SERVER,
)
SCOPES: Final = Table(
    Scope,
    kills={"name": OF_POLICY},
    versions=(
        *("display_name", "description", "consent", "is_default", "metadata_publish"),
        *("is_optional", "is_system"),
    ),
    refused=("id", "server_id"),
    lower=("epoch",),
    deleted=OF_POLICY,
)
CLAIMS: Final = Table(
    Claim,
    versions=(
        *("name", "claim_type", "value_type", "value", "group_filter_type", "scopes"),
        *("always_include_in_token", "status", "is_system"),
    ),
    refused=("id", "server_id"),
    deleted=NOTHING,
)
KEYS: Final = Table(
    SigningKey,
    kills={"state": frozenset({"access", "own"})},  # revoked: its JWTs
    versions=("sealed_private_key", "created", "activated_at", "retired_at"),
    refused=("kid", "server_id", "alg", "public_jwk"),
    lower=("epoch",),
    deleted=OF_SERVER,  # lest it be put back
)
POLICIES: Final = Table(
    Policy,
    kills={"status": OF_POLICY, "clients": OF_POLICY},
    versions=("name", "description", "priority", "is_system", "created", "last_updated"),
    refused=("id", "server_id"),
    lower=("epoch",),
    deleted=OF_POLICY,
)
RULES: Final = Table(
    Rule,
    kills=dict.fromkeys(
        (
            *("status", "conditions", "access_token_minutes", "refresh_token_minutes"),
            "refresh_window_minutes",
        ),
        OF_POLICY,
    ),
    versions=("name", "priority", "is_system", "hook_id", "created", "last_updated"),
    refused=("id", "policy_id"),
    lower=("epoch",),
    deleted=OF_POLICY,
)
TABLES: Final = (
    *(USERS, GROUPS, MEMBERSHIPS, CLIENTS, SECRETS, DIRECT, BY_GROUP, INSTALLATION),
    *(SERVERS, SCOPES, CLAIMS, KEYS, POLICIES, RULES),
)
# With tests of their own, or with nothing that stands on them.
ELSEWHERE: Final[dict[type[Model], str]] = {
    FollowedEnd: "only says that a job has followed",
    TokenPolicy: "configuration tokens: test_token_policies",
    AuthorizationServer.resource_servers.through: "versions: test_parts",
}
