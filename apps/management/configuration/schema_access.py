"""The members of what a server holds: scopes, claims, policies, rules, policy tests."""

from apps.management.configuration import values as v
from apps.management.configuration.kind import Kind, Member, status
from apps.policies.models import ALL_CLIENTS
from apps.servers.models import Claim, Scope
from authzsite.domain import limits

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
        status("INACTIVE"),
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
        Member("inlineHook", v.text, default=None, refers="inlineHooks"),
        status("INACTIVE"),
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
        status("INACTIVE"),
    ),
    (RULES,),
    is_ordered=True,
    more_defaults=lambda given: {"description": given.get("name", "")},
)
TESTS = Kind(
    "tests",
    "policy test",
    ("name",),
    (
        Member("name", v.text, "name"),
        Member("client", v.text, is_required=True, refers="clients"),
        Member("user", v.text, default=None, refers="users"),
        Member("grantType", v.text, "grant_type", is_required=True),
        Member("scopes", v.texts, "scopes", ()),
        Member("expect", v.expected, is_required=True),
    ),
)
