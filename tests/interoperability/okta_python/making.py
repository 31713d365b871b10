"""Objects of the SDK's models, as a program would make them."""

from typing import Any

import okta.models as models

from tests.factories import PASSWORD, REDIRECT_URI

GRANTS = ["authorization_code", "client_credentials", "refresh_token"]


def a_server(name: str = "Orders") -> Any:
    """An authorization server."""
    return models.AuthorizationServer(
        name=name,
        description="of a program",
        audiences=["https://orders.example"],
        issuer_mode="ORG_URL",
    )


def a_scope(name: str, **fields: Any) -> Any:
    """A scope."""
    return models.OAuth2Scope(name=name, description="of a program", **fields)


def a_claim(name: str = "tier", **fields: Any) -> Any:
    """A claim of access tokens."""
    given = {"claim_type": "RESOURCE", "value_type": "EXPRESSION", "value": "user.login"} | fields
    conditions = models.OAuth2ClaimConditions(scopes=["orders"])
    return models.OAuth2Claim(name=name, conditions=conditions, status="ACTIVE", **given)


def a_policy(*clients: str, name: str = "For all") -> Any:
    """An access policy."""
    condition = models.ClientPolicyCondition(include=list(clients) or ["ALL_CLIENTS"])
    return models.AuthorizationServerPolicy(
        type="OAUTH_AUTHORIZATION_POLICY",
        name=name,
        description="of a program",
        priority=1,
        conditions=models.AuthorizationServerPolicyConditions(clients=condition),
    )


def a_rule(*groups: str, users: tuple[str, ...] = (), name: str = "Everything") -> Any:
    """A rule that grants any scope to these groups and people."""
    people = models.AuthorizationServerPolicyPeopleCondition(
        groups=models.AuthorizationServerPolicyRuleGroupCondition(include=list(groups)),
        users=models.AuthorizationServerPolicyRuleUserCondition(include=list(users)),
    )
    conditions = models.AuthorizationServerPolicyRuleConditions(
        people=people,
        grant_types=models.GrantTypePolicyRuleCondition(include=GRANTS[:2]),
        scopes=models.OAuth2ScopesMediationPolicyRuleCondition(include=["*"]),
    )
    lifetimes = models.TokenAuthorizationServerPolicyRuleAction(
        access_token_lifetime_minutes=30,
        refresh_token_lifetime_minutes=0,
        refresh_token_window_minutes=1440,
    )
    return models.AuthorizationServerPolicyRuleRequest(
        type="RESOURCE_ACCESS",
        name=name,
        priority=1,
        conditions=conditions,
        actions=models.AuthorizationServerPolicyRuleActions(token=lifetimes),
    )


def a_group(name: str = "Buyers") -> Any:
    """A group."""
    profile = models.OktaUserGroupProfile(name=name, description="of a program")
    return models.AddGroupRequest(profile=profile)


def a_user(login: str = "ada@example.com", password: str = PASSWORD) -> Any:
    """A person, with a password unless it is empty."""
    profile = models.UserProfile(login=login, email=login, first_name="Ada", last_name="Byron")
    credentials = models.UserCredentialsWritable(password=models.PasswordCredential(value=password))
    return models.CreateUserRequest(profile=profile, credentials=credentials if password else None)


def an_app(label: str = "Shop", **settings: Any) -> Any:
    """A web application."""
    given: dict[str, Any] = {
        "application_type": "web",
        "grant_types": GRANTS,
        "response_types": ["code"],
        "redirect_uris": [REDIRECT_URI],
        "post_logout_redirect_uris": ["https://app.example.com/"],
        "client_uri": "https://app.example.com/about",
        "consent_method": "TRUSTED",
    }
    client = models.OpenIdConnectApplicationSettingsClient(**given | settings)
    credentials = models.ApplicationCredentialsOAuthClient(
        token_endpoint_auth_method="client_secret_basic", pkce_required=False
    )
    return models.OpenIdConnectApplication(
        name="oidc_client",
        label=label,
        sign_on_mode="OPENID_CONNECT",
        credentials=models.OAuthApplicationCredentials(oauth_client=credentials),
        settings=models.OpenIdConnectApplicationSettings(oauth_client=client),
    )


def as_request(rule: Any) -> Any:
    """A rule that was read as what `replace` takes: the SDK has two models of one object."""
    return models.AuthorizationServerPolicyRuleRequest.from_dict(rule.to_dict())


def as_group(group: Any) -> Any:
    """A group that was read as what `replace` takes."""
    return models.AddGroupRequest(profile=group.profile.actual_instance)


def as_change(user: Any) -> Any:
    """A person who was read as what `replace` takes."""
    return models.UpdateUserRequest.from_dict({"profile": user.profile.to_dict()})


def as_inline_hook(hook: Any) -> Any:
    """A hook that was read as what `replace` takes; the SDK leaves its version out."""
    return models.InlineHookReplace.from_dict(hook.to_dict() | {"version": hook.version})
