"""Every form, button and action of the console that may revoke, and what is posted to it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.test import Client as Browser
from django.utils import timezone

from apps.clients.models import ClientSecret
from apps.clients.services import assign_group
from apps.directory.models import Group
from apps.servers.models import SigningKey
from apps.tokens.models import AccessToken, Grant
from tests.admin.pressing import form_of
from tests.factories import TESTER, make_client_and_secret, make_group
from tests.management.caller import enrol
from tests.oauth.grants_fixture import World, make_world, sign_in


@dataclass(frozen=True, slots=True)
class Stage:
    """A world whose user has opaque tokens by way of a group alone."""

    world: World
    group: Group
    root: Browser


Posted = tuple[str, dict[str, Any]]
Case = Callable[[Stage], Posted]


def make_stage(root: Browser, *, by_group: bool) -> Stage:
    """With living tokens."""
    world = make_world(token_format="opaque", is_assigned=not by_group)
    group = make_group(world.user)
    if by_group:
        assign_group(actor=TESTER, client=world.client, group=group)
    sign_in(world)
    return Stage(world, group, root)


def form(label: str, of: Callable[[Stage], Any], **fields: Any) -> Case:
    """The form of a row, with other values; None leaves one out."""

    def case(stage: Stage) -> Posted:
        url = f"/admin/{label}/{of(stage).pk}/change/"
        data = form_of(stage.root, url) | fields
        return url, {name: value for name, value in data.items() if value is not None}

    return case


def button(label: str, of: Callable[[Stage], Any], part: str, **fields: Any) -> Case:
    """A page below a row; values may be made of the stage."""

    def case(stage: Stage) -> Posted:
        data = {name: value(stage) if callable(value) else value for name, value in fields.items()}
        return f"/admin/{label}/{of(stage).pk}/{part}/", data

    return case


def bulk(label: str, of: Callable[[Stage], Any], name: str) -> Case:
    """An action of a list."""
    return lambda stage: (
        f"/admin/{label}/",
        {"action": name, "_selected_action": [of(stage).pk]},
    )


def server(stage: Stage) -> Any:
    return stage.world.server


def client(stage: Stage) -> Any:
    return stage.world.client


def user(stage: Stage) -> Any:
    return stage.world.user


def rule(stage: Stage) -> Any:
    return stage.world.rule


def policy(stage: Stage) -> Any:
    return stage.world.policy


def scope(stage: Stage) -> Any:
    return stage.world.scope


def group(stage: Stage) -> Any:
    return stage.group


def key(stage: Stage) -> str:
    return SigningKey.objects.get(server=stage.world.server, state="CURRENT").kid


def secret(stage: Stage) -> str:
    return ClientSecret.objects.get(client=stage.world.client).pk


def over(stage: Stage) -> str:
    return f"{timezone.now() - timedelta(days=1):%Y-%m-%dT%H:%M}"


AS, CLIENT, USER = "servers/authorizationserver", "clients/client", "directory/user"
GROUP, RULE, POLICY = "directory/group", "policies/rule", "policies/policy"
DELETE = {"post": "yes"}
OTHERS = ["https://other.example.com/callback"]

CASES: dict[str, Case] = {
    "servers_authorizationserver_change": form(AS, server, audience="api://another"),
    "servers_authorizationserver_delete": button(AS, server, "delete", **DELETE),
    "servers_authorizationserver_deactivate": button(AS, server, "deactivate", confirmed="1"),
    "servers_authorizationserver_revoke": button(AS, server, "revoke", confirmed="1"),
    "servers_authorizationserver_keys": button(AS, server, "keys", verb="revoke", kid=key),
    "servers_authorizationserver:deactivate_servers": bulk(AS, server, "deactivate_servers"),
    "servers_scope_change": form("servers/scope", scope, name="orders:list"),
    "servers_scope_delete": button("servers/scope", scope, "delete", **DELETE),
    "servers_installation_revoke": lambda _: (
        "/admin/servers/installation/revoke/",
        {"confirmed": "1"},
    ),
    "policies_policy_change": lambda stage: form(
        POLICY, policy, all_clients=None, chosen=[make_client_and_secret()[0].pk]
    )(stage),
    "policies_policy_delete": button(POLICY, policy, "delete", **DELETE),
    "policies_policy_deactivate": button(POLICY, policy, "deactivate", confirmed="1"),
    "policies_rule_change": form(RULE, rule, scopes__include=["orders:read"]),
    "policies_rule_delete": button(RULE, rule, "delete", **DELETE),
    "policies_rule_deactivate": button(RULE, rule, "deactivate", confirmed="1"),
    "clients_client_change": form(CLIENT, client, redirect_uris=OTHERS[0]),
    "clients_client_delete": button(CLIENT, client, "delete", **DELETE),
    "clients_client_deactivate": button(CLIENT, client, "deactivate", confirmed="1"),
    "clients_client_secrets": button(CLIENT, client, "secrets", form="leaked", secret=secret),
    "clients_client_assignments": button(
        CLIENT, client, "assignments", remove_group=lambda stage: stage.group.pk
    ),
    "clients_client_assignments:dates": button(
        CLIENT,
        client,
        "assignments",
        form="group",
        group=lambda stage: stage.group.pk,
        valid_until=over,
    ),
    "clients_client:deactivate_clients": bulk(CLIENT, client, "deactivate_clients"),
    "clients_tokenpolicy_change": form(
        "clients/tokenpolicy",
        lambda _: [enrol("*:**") for _ in range(2)][0].client.token_policy,
        allowed_scopes=".:config/**",
    ),
    "directory_user_delete": button(USER, user, "delete", **DELETE),
    "directory_user_status": button(USER, user, "status/suspend", confirmed="1"),
    "directory_user_status:reset": button(USER, user, "status/reset_password", confirmed="1"),
    "directory_user_status:expire": button(USER, user, "status/expire_password", confirmed="1"),
    "directory_user_status:deactivate": button(USER, user, "status/deactivate", confirmed="1"),
    "directory_user_groups": button(USER, user, "groups", leave=lambda stage: stage.group.pk),
    "directory_user_password": button(
        USER, user, "password", form="password", password="a long enough one"
    ),
    "directory_user:suspend_users": bulk(USER, user, "suspend_users"),
    "directory_user:deactivate_users": bulk(USER, user, "deactivate_users"),
    "directory_user:revoke_tokens_of_users": bulk(USER, user, "revoke_tokens_of_users"),
    "clients_client:revoke_tokens_of_clients": bulk(CLIENT, client, "revoke_tokens_of_clients"),
    "directory_group_delete": button(GROUP, group, "delete", **DELETE),
    "directory_group_members": button(
        GROUP, group, "members", remove=lambda stage: stage.world.user.pk
    ),
    "tokens_grant_revoke": button(
        "tokens/grant", lambda _: Grant.objects.get(), "revoke", confirmed="1"
    ),
    "tokens_grant:revoke_grants": bulk(
        "tokens/grant", lambda _: Grant.objects.get(), "revoke_grants"
    ),
    "tokens_accesstoken:revoke_tokens": bulk(
        "tokens/accesstoken", lambda _: AccessToken.objects.get(), "revoke_tokens"
    ),
    "tokens_revoke": lambda stage: (
        "/admin/tokens/grant/revoke/",
        {"server": stage.world.server.pk, "confirmed": "1"},
    ),
}
"""By the name of the address, or of the list and its action; what follows a colon tells cases of
one address apart."""

BY_GROUP = frozenset(
    {
        *("clients_client_assignments", "clients_client_assignments:dates"),
        *("directory_user_groups", "directory_group_delete", "directory_group_members"),
    }
)
"""Where the user's only path leads through the group."""

HARMLESS: dict[str, str] = {
    "add": "What is new takes nothing away.",
    "activate": "Earlier tokens stay dead (R16).",
    "history": "Is read.",
    "csv": "Is read.",
    "saved": "A name for a list, of one person.",
    "changelist": "Its actions have names of their own.",
    "servers_claim_change": "Claims are for tokens to come.",
    "servers_claim_delete": "Claims are for tokens to come.",
    "directory_group_change": "A name and a description.",
    "directory_user_change": "Who somebody is and what they may do in the console.",
    "servers_installation_change": "Is read.",
    "servers_installation_delete": "Nobody may.",
    "servers_installation_sign_in": "How administrators sign in; tokens stay.",
    "servers_installation_verified": "How people sign in; tokens stay.",
    "clients_tokenpolicy_delete": "Refused while a client uses it; then it has no token.",
    "clients_loginpolicy_change": "Which ways to sign in: no token stands on it.",
    "clients_loginpolicy_delete": "Which ways to sign in: no token stands on it.",
    "policies_inlinehook_change": "What it adds is no part of what was decided.",
    "policies_inlinehook_deactivate": "What it adds is no part of what was decided.",
    "policies_inlinehook_delete": "What it adds is no part of what was decided.",
    "directory_user:add_users_to_group": "Asks for a group first; then as a member is added.",
    "clients_client:assign_group_to_clients": "Asks for a group first; then as one is assigned.",
    "tokens_grant_change": "Is read.",
    "tokens_grant_delete": "Nobody may (row 292).",
    "tokens_accesstoken_change": "Is read.",
    "tokens_accesstoken_delete": "Nobody may (row 292).",
    "tokens_consent_change": "Is read.",
    "tokens_consent_delete": "Nobody may.",
}
"""Addresses, or their last words, that end nothing, and why."""
