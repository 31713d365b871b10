"""Addresses of people, groups, the log and hooks, below `/api/v1`."""

from django.urls import URLPattern, path

from apps.management.okta.resources import (
    event_hooks,
    group_members,
    groups,
    inline_hooks,
    logs,
    user_grants,
    user_lifecycle,
    user_tokens,
    users,
)

HOOKS = "eventHooks"
HOOK = f"{HOOKS}/<str:hook_id>"
INLINE_HOOKS = "inlineHooks"
INLINE_HOOK = f"{INLINE_HOOKS}/<str:hook_id>"
USERS = "users"
USER = f"{USERS}/<str:user_id>"
USER_CLIENT = f"{USER}/clients/<str:client_id>"
GROUPS = "groups"
GROUP = f"{GROUPS}/<str:group_id>"

directory_urls: list[URLPattern] = [
    path(HOOKS, event_hooks.EventHooksView.as_view()),
    path(HOOK, event_hooks.EventHookView.as_view()),
    path(f"{HOOK}/lifecycle/activate", event_hooks.ActivateEventHookView.as_view()),
    path(f"{HOOK}/lifecycle/deactivate", event_hooks.DeactivateEventHookView.as_view()),
    path(f"{HOOK}/lifecycle/verify", event_hooks.VerifyEventHookView.as_view()),
    path(INLINE_HOOKS, inline_hooks.InlineHooksView.as_view()),
    path(INLINE_HOOK, inline_hooks.InlineHookView.as_view()),
    path(f"{INLINE_HOOK}/execute", inline_hooks.ExecuteInlineHookView.as_view()),
    path(f"{INLINE_HOOK}/lifecycle/activate", inline_hooks.ActivateInlineHookView.as_view()),
    path(f"{INLINE_HOOK}/lifecycle/deactivate", inline_hooks.DeactivateInlineHookView.as_view()),
    path(USERS, users.UsersView.as_view()),
    path(USER, users.UserView.as_view()),
    *(
        path(f"{USER}/lifecycle/{step}", view.as_view())
        for step, view in user_lifecycle.STEPS.items()
    ),
    path(f"{USER}/groups", group_members.UserGroupsView.as_view()),
    path(f"{USER}/appLinks", user_tokens.UserAppLinksView.as_view()),
    path(f"{USER}/clients", user_tokens.UserClientsView.as_view()),
    path(f"{USER}/sessions", user_tokens.UserSessionsView.as_view()),
    path(f"{USER_CLIENT}/tokens", user_tokens.UserClientTokensView.as_view()),
    path(f"{USER_CLIENT}/tokens/<str:token_id>", user_tokens.UserClientTokenView.as_view()),
    path(f"{USER_CLIENT}/grants", user_grants.UserClientGrantsView.as_view()),
    path(f"{USER}/grants", user_grants.UserGrantsView.as_view()),
    path(f"{USER}/grants/<str:grant_id>", user_grants.UserGrantView.as_view()),
    path(GROUPS, groups.GroupsView.as_view()),
    path(GROUP, groups.GroupView.as_view()),
    path(f"{GROUP}/users", group_members.GroupMembersView.as_view()),
    path(f"{GROUP}/users/<str:user_id>", group_members.GroupMemberView.as_view()),
    path(f"{GROUP}/apps", group_members.GroupAppsView.as_view()),
    path("logs", logs.LogsView.as_view()),
]
