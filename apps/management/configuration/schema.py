"""The members of every kind of object: name in the file, kind of value, field of the row, default.

A dot in a name is a mapping inside: `people.groups` is `people: {groups: …}`. This table is the
format; reading, differences, export and error messages all come from it.
"""

from collections.abc import Mapping
from typing import Any, Final

from apps.clients.models import Client
from apps.clients.services.clients import defaults_of
from apps.clients.services.login_policies import STORE_TYPE
from apps.management.configuration import values as v
from apps.management.configuration.kind import ABSENT, Kind, Member, link, status
from apps.management.configuration.schema_access import (
    CLAIMS,
    POLICIES,
    RULES,
    SCOPES,
    TESTS,
)
from apps.management.configuration.schema_hooks import EVENT_HOOKS, INLINE_HOOKS
from apps.servers.models import AuthorizationServer
from authzsite.domain import limits
from authzsite.domain.vocabulary import AUTHORIZATION_CODE

__all__ = [
    "ABSENT",
    "CLAIMS",
    "CLIENTS",
    "EVENT_HOOKS",
    "GROUPS",
    "INLINE_HOOKS",
    "INSTALLATION",
    "KINDS",
    "LOGIN_POLICIES",
    "POLICIES",
    "RULES",
    "SCOPES",
    "SERVERS",
    "TESTS",
    "TOKEN_POLICIES",
    "USERS",
    "Kind",
    "Member",
]
API_VERSION: Final = "authzsite/v1"


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


INSTALLATION = Kind(
    "installation",
    "installation",
    (),
    (
        Member("staffNeedSecondFactor", v.boolean, "staff_need_second_factor", False),
        Member("peopleNeedVerifiedEmail", v.boolean, "people_need_verified_email", False),
    ),
    is_single=True,
)
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
        status("STAGED", "SUSPENDED", "DEPROVISIONED"),
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
_STORE = "identityStoreDetails."
_CONNECTION = f"{_STORE}connectionDetails."
LOGIN_POLICIES = Kind(
    "loginPolicies",
    "login policy",
    ("title",),
    (
        Member("title", v.text, "title"),
        Member("loginURL", v.text, "login_url", is_required=True),
        Member("customClaims", v.mapping, "custom_claims", {}),
        Member(f"{_STORE}type", v.text, "store_type", STORE_TYPE),
        Member(f"{_CONNECTION}domain", v.text, "store_domain", is_required=True),
        Member(f"{_CONNECTION}applicationId", v.text, "application_id", is_required=True),
        Member(f"{_CONNECTION}entityType", v.text, "entity_type", is_required=True),
        Member(f"{_CONNECTION}clientId", v.text, "owner_client_id", is_required=True),
        Member(f"{_CONNECTION}clientSecret", v.secret),
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
        link("jwksUri", "jwks_uri"),
        Member("pkceRequired", v.boolean, "pkce_required", True),
        Member("consentMethod", v.choice(*Client.Consent.values), "consent_method", "TRUSTED"),
        Member("refreshToken.rotationType", v.choice(*Client.Rotation.values), "rotation_type"),
        Member("refreshToken.leeway", v.number, "leeway", limits.DEFAULT_LEEWAY),
        Member("allowedOrigins", v.texts, "allowed_origins", ()),
        link("clientUri", "client_uri"),
        link("logoUri", "logo_uri"),
        link("tosUri", "tos_uri"),
        link("policyUri", "policy_uri"),
        link("initiateLoginUri", "initiate_login_uri"),
        Member("backchannelLogoutUri", v.nothing),
        Member("backchannelLogoutSessionRequired", v.nothing),
        Member("tokenPolicy", v.text, default=None, refers="tokenPolicies"),
        Member("loginPolicy", v.text, default=None, refers="loginPolicies"),
        Member("owners", v.names, default=(), refers="groups"),
        Member("assignments.users", v.assigned("login"), default=(), refers="users"),
        Member("assignments.groups", v.assigned("name"), default=(), refers="groups"),
        status("INACTIVE"),
    ),
    more_defaults=_client_defaults,
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
        status("INACTIVE"),
        Member("resourceServers", v.names, default=(), refers="clients"),
        Member("owners", v.names, default=(), refers="groups"),
    ),
    (SCOPES, CLAIMS, POLICIES, TESTS),
)
KINDS: Final = (
    INSTALLATION,
    GROUPS,
    USERS,
    TOKEN_POLICIES,
    LOGIN_POLICIES,
    CLIENTS,
    INLINE_HOOKS,
    SERVERS,
    EVENT_HOOKS,
)
