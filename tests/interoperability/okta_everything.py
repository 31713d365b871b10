"""Objects that use all that Okta's dialect can say, and what it can't, for whoever writes back what
was read."""

from dataclasses import dataclass
from typing import Any

from apps.clients.models import Client
from apps.directory.models import Group, User
from apps.management.hooks.events import REVOKE
from apps.management.hooks.models import EventHook
from apps.policies.models import InlineHook, Policy, Rule
from apps.policies.services.inline_hooks import create_inline_hook
from apps.servers.models import AuthorizationServer, Claim, Scope
from tests.factories import (
    REDIRECT_URI,
    TESTER,
    make_claim,
    make_client,
    make_group,
    make_policy,
    make_rule,
    make_scope,
    make_server,
    make_user,
)
from tests.management.hooks.scene import NOWHERE, make_hook


@dataclass
class Everything:
    """One of each."""

    server: AuthorizationServer
    scope: Scope
    claim: Claim
    group_claim: Claim
    policy: Policy
    rule: Rule
    app: Client
    user: User
    group: Group
    event_hook: EventHook
    inline_hook: InlineHook


def make_everything() -> Everything:
    """Nothing in them has the value that it would have by itself."""
    server = make_server(
        description="d",
        access_token_format="opaque",
        revoke_on_password_change=False,
        scope_mode="narrow",
        rotation_mode="MANUAL",
    )
    scope = make_scope(
        server,
        "orders",
        description="d",
        display_name="Orders",
        consent="REQUIRED",
        is_default=True,
        metadata_publish="ALL_CLIENTS",
    )
    user, other = make_user(profile={"nickName": "Countess", "badge": "7"}), make_user()
    group, outsiders = make_group(user, description="d"), make_group(other)
    app = an_app()
    claim = make_claim(server, "tier", "'gold'", scopes=["orders"], claim_type="IDENTITY")
    group_claim = make_claim(
        server, "teams", "Gr", value_type="GROUPS", group_filter_type="STARTS_WITH"
    )
    policy = make_policy(server, description="d", clients=[app.pk])
    rule = make_rule(
        policy,
        conditions=[
            {"type": "grant_types", "include": ["authorization_code"]},
            {
                "type": "people",
                "include_users": [user.pk],
                "include_groups": [group.pk],
                "exclude_users": [other.pk],
                "exclude_groups": [outsiders.pk],
            },
            {"type": "scopes", "include": ["orders"]},
            {"type": "validity", "valid_until": "2090-01-01T00:00:00Z"},
        ],
        access_token_minutes=7,
        refresh_token_minutes=600,
        refresh_window_minutes=60,
    )
    parts = (server, scope, claim, group_claim, policy, rule, app, user, group)
    return Everything(*parts, *two_hooks())


def two_hooks() -> tuple[EventHook, InlineHook]:
    """Both with a header that is a secret of their receivers."""
    secret: dict[str, Any] = {
        "auth_header": "Authorization",
        "auth_value": "only the receiver knows",
    }
    inline = create_inline_hook(
        actor=TESTER,
        name="Claims",
        url=NOWHERE,
        version="1.0.1",
        headers=[{"key": "X-Site", "value": "one"}],
        **secret,
    )
    return make_hook(name="Both", event_types=[REVOKE], **secret)[0], inline


def an_app() -> Client:
    """An application with every address and every switch set."""
    return make_client(
        redirect_uris=[REDIRECT_URI, "https://app.example.com/other"],
        post_logout_redirect_uris=["https://app.example.com/bye"],
        consent_method="REQUIRED",
        client_uri="https://app.example.com/about",
        logo_uri="https://app.example.com/logo.png",
        tos_uri="https://app.example.com/terms",
        policy_uri="https://app.example.com/privacy",
        initiate_login_uri="https://app.example.com/login",
        allowed_origins=["https://spa.example.com"],
        pkce_required=False,
        rotation_type="ROTATE",
        leeway=17,
    )


def paths_of(found: Everything) -> dict[str, str]:
    """Where each of them is."""
    server = f"authorizationServers/{found.server.pk}"
    policy = f"{server}/policies/{found.policy.pk}"
    return {
        "server": server,
        "scope": f"{server}/scopes/{found.scope.pk}",
        "claim": f"{server}/claims/{found.claim.pk}",
        "group_claim": f"{server}/claims/{found.group_claim.pk}",
        "policy": policy,
        "rule": f"{policy}/rules/{found.rule.pk}",
        "app": f"apps/{found.app.pk}",
        "user": f"users/{found.user.pk}",
        "group": f"groups/{found.group.pk}",
        "event_hook": f"eventHooks/{found.event_hook.pk}",
        "inline_hook": f"inlineHooks/{found.inline_hook.pk}",
    }
