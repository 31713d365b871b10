"""The members of every kind of object: name in the file, kind of value, field of the row, default.

A dot in a name is a mapping inside: `people.groups` is `people: {groups: …}`. This table is the
format; reading, differences, export and error messages all come from it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from apps.clients.models import Client
from apps.clients.services.clients import defaults_of
from apps.management.configuration import values as v
from apps.policies.models import ALL_CLIENTS
from apps.servers.models import AuthorizationServer, Claim, Scope
from authzsite.domain import limits
from authzsite.domain.vocabulary import AUTHORIZATION_CODE

API_VERSION: Final = "authzsite/v1"
ABSENT: Final[Any] = object()  # no default: what isn't given is left alone


@dataclass(frozen=True, slots=True)
class Member:
    """One member of an object."""

    name: str
    read: v.Read
    column: str = ""  # what the services call it
    default: Any = ABSENT
    is_required: bool = False  # of a new object
    refers: str = ""  # the kind of object that its texts name


Default = Callable[[Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of object: a section of the file."""

    section: str
    noun: str
    key: tuple[str, ...]  # the members that tell one from the other
    members: tuple[Member, ...]
    children: tuple["Kind", ...] = ()
    is_ordered: bool = False
    more_defaults: Default = lambda given: {}

    def member(self, name: str) -> Member | None:
        """The member of this name."""
        return next((one for one in self.members if one.name == name), None)

    def defaults(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """What every member that isn't given stands for, where it stands for anything."""
        fixed = {m.name: m.default for m in self.members if m.default is not ABSENT}
        return {**fixed, **self.more_defaults({**fixed, **given})}


def _status(*others: str) -> Member:
    return Member("status", v.choice("ACTIVE", *others), "status", "ACTIVE")


def _client_defaults(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """As the service fills them in, by type; the name is the clientId."""
    found = defaults_of(str(given.get("type", "")))
    grants = given.get("grantTypes", tuple(found["grant_types"]))
    return {
        "name": given.get("clientId", ""),
        "grantTypes": tuple(found["grant_types"]),
        "responseTypes": ("code",) if AUTHORIZATION_CODE in grants else (),
        "tokenEndpointAuthMethod": str(found["token_endpoint_auth_method"]),
        "refreshToken.rotationType": str(found["rotation_type"]),
    }


def _link(name: str, column: str) -> Member:
    return Member(name, v.text, column, "")


GROUPS = Kind(
    "groups",
    "group",
    ("name",),
    (Member("name", v.text, "name"), Member("description", v.text, "description", "")),
)
USERS = Kind(
    "users",
    "user",
    ("login",),
    (
        Member("login", v.text, "login"),
        Member("email", v.text, "email", is_required=True),
        Member("firstName", v.text, "first_name", is_required=True),
        Member("lastName", v.text, "last_name", is_required=True),
        _status("STAGED", "SUSPENDED", "DEPROVISIONED"),
        Member("profile", v.mapping, "profile", {}),
        Member("groups", v.names, default=(), refers="groups"),
        Member("administration", v.choice("NONE", "READ", "HELP", "ALL"), default="NONE"),
        Member("password", v.secret),
    ),
)
TOKEN_POLICIES = Kind(
    "tokenPolicies",
    "token policy",
    ("title",),
    (
        Member("title", v.text, "title"),
        Member("allowedScopes", v.patterns, "allowed_scopes", is_required=True),
        Member(
            "accessTokenLifetime",
            v.number,
            "access_token_lifetime",
            limits.DEFAULT_CONFIG_ACCESS_SECONDS,
        ),
        Member(
            "refreshTokenLifetime",
            v.number,
            "refresh_token_lifetime",
            limits.DEFAULT_CONFIG_REFRESH_SECONDS,
        ),
        Member("useAccessJWT", v.boolean, "use_access_jwt", False),
    ),
)
CLIENTS = Kind(
    "clients",
    "client",
    ("clientId",),
    (
        Member("clientId", v.text, "client_id"),
        Member("name", v.text, "name"),
        Member("type", v.choice(*Client.Type.values), "type", is_required=True),
        Member("grantTypes", v.names, "grant_types"),
        Member("responseTypes", v.names, "response_types"),
        Member("redirectUris", v.texts, "redirect_uris", ()),
        Member("postLogoutRedirectUris", v.texts, "post_logout_redirect_uris", ()),
        Member(
            "tokenEndpointAuthMethod",
            v.choice(*Client.AuthMethod.values),
            "token_endpoint_auth_method",
        ),
        Member("secret", v.secret),
        Member("jwks", v.mapping, "jwks", {}),
        _link("jwksUri", "jwks_uri"),
        Member("pkceRequired", v.boolean, "pkce_required", True),
        Member("consentMethod", v.choice(*Client.Consent.values), "consent_method", "TRUSTED"),
        Member("refreshToken.rotationType", v.choice(*Client.Rotation.values), "rotation_type"),
        Member("refreshToken.leeway", v.number, "leeway", limits.DEFAULT_LEEWAY),
        Member("allowedOrigins", v.texts, "allowed_origins", ()),
        _link("clientUri", "client_uri"),
        _link("logoUri", "logo_uri"),
        _link("tosUri", "tos_uri"),
        _link("policyUri", "policy_uri"),
        _link("initiateLoginUri", "initiate_login_uri"),
        Member("backchannelLogoutUri", v.nothing),
        Member("backchannelLogoutSessionRequired", v.nothing),
        Member("tokenPolicy", v.text, default=None, refers="tokenPolicies"),
        Member("assignments.users", v.assigned("login"), default=(), refers="users"),
        Member("assignments.groups", v.assigned("name"), default=(), refers="groups"),
        _status("INACTIVE"),
    ),
    more_defaults=_client_defaults,
)
SCOPES = Kind(
    "scopes",
    "scope",
    ("name",),
    (
        Member("name", v.text, "name"),
        Member("displayName", v.text, "display_name", ""),
        Member("description", v.text, "description", ""),
        Member("consent", v.choice(*Scope.Consent.values), "consent", "IMPLICIT"),
        Member("default", v.boolean, "is_default", False),
        Member(
            "metadataPublish", v.choice(*Scope.Publish.values), "metadata_publish", "NO_CLIENTS"
        ),
        Member("optional", v.boolean, "is_optional", False),
    ),
)
CLAIMS = Kind(
    "claims",
    "claim",
    ("name", "claimType"),
    (
        Member("name", v.text, "name"),
        Member("claimType", v.choice(*Claim.ClaimType.values), "claim_type"),
        Member("valueType", v.choice(*Claim.ValueType.values), "value_type", "EXPRESSION"),
        Member("value", v.text, "value", ""),
        Member("groupFilterType", v.choice(*Claim.GroupFilter.values), "group_filter_type", ""),
        Member("scopes", v.names, "scopes", (), refers="scopes"),
        Member("alwaysIncludeInToken", v.boolean, "always_include_in_token", True),
        _status("INACTIVE"),
    ),
)
RULES = Kind(
    "rules",
    "rule",
    ("name",),
    (
        Member("name", v.text, "name"),
        Member("grantTypes", v.names, default=(), is_required=True),
        Member("people.groups", v.names, default=(), refers="groups"),
        Member("people.users", v.names, default=(), refers="users"),
        Member("people.excludeGroups", v.names, default=(), refers="groups"),
        Member("people.excludeUsers", v.names, default=(), refers="users"),
        Member("scopes", v.names, default=(), refers="scopes"),
        Member("validFrom", v.instant, default=None),
        Member("validUntil", v.instant, default=None),
        Member(
            "accessTokenLifetimeMinutes",
            v.number,
            "access_token_minutes",
            limits.DEFAULT_ACCESS_TOKEN_MINUTES,
        ),
        Member(
            "refreshTokenLifetimeMinutes",
            v.number,
            "refresh_token_minutes",
            limits.DEFAULT_REFRESH_TOKEN_MINUTES,
        ),
        Member(
            "refreshTokenWindowMinutes",
            v.number,
            "refresh_window_minutes",
            limits.DEFAULT_REFRESH_WINDOW_MINUTES,
        ),
        _status("INACTIVE"),
    ),
    is_ordered=True,
)
POLICIES = Kind(
    "policies",
    "policy",
    ("name",),
    (
        Member("name", v.text, "name"),
        Member("description", v.text, "description"),
        Member("clients", v.names_or(ALL_CLIENTS), default=(), is_required=True, refers="clients"),
        _status("INACTIVE"),
    ),
    (RULES,),
    is_ordered=True,
    more_defaults=lambda given: {"description": given.get("name", "")},
)
SERVERS = Kind(
    "authorizationServers",
    "authorization server",
    ("id",),
    (
        Member("id", v.text),
        Member("name", v.text, "name", is_required=True),
        Member("description", v.text, "description", ""),
        Member("audience", v.text, "audience", is_required=True),
        Member(
            "scopeMode", v.choice(*AuthorizationServer.ScopeMode.values), "scope_mode", "reject"
        ),
        Member(
            "accessTokenFormat",
            v.choice(*AuthorizationServer.TokenFormat.values),
            "access_token_format",
            "jwt",
        ),
        Member(
            "signingAlg", v.choice(*AuthorizationServer.SigningAlg.values), "signing_alg", "RS256"
        ),
        Member(
            "rotationMode",
            v.choice(*AuthorizationServer.RotationMode.values),
            "rotation_mode",
            "AUTO",
        ),
        Member(
            "issuerMode", v.choice(*AuthorizationServer.IssuerMode.values), "issuer_mode", "ORG_URL"
        ),
        Member("revokeOnPasswordChange", v.boolean, "revoke_on_password_change", True),
        Member(
            "policyTestMode",
            v.choice(*AuthorizationServer.PolicyTestMode.values),
            "policy_test_mode",
            "block",
        ),
        Member("secondPerson", v.boolean, "second_person", False),
        _status("INACTIVE"),
        Member("resourceServers", v.names, default=(), refers="clients"),
    ),
    (SCOPES, CLAIMS, POLICIES),
)
KINDS: Final = (GROUPS, USERS, TOKEN_POLICIES, CLIENTS, SERVERS)
