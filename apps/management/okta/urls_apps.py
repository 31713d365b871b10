"""Addresses of applications, and of the two that Terraform's provider asks for beside them."""

from django.urls import URLPattern, URLResolver, path

from apps.management.okta.resources import (
    app_grants,
    app_groups,
    app_jwks,
    app_secrets,
    app_tokens,
    app_users,
    apps,
)

APP = "apps/<str:app_id>"
GROUP = f"{APP}/groups/<str:group_id>"
KEY = f"{APP}/credentials/jwks/<str:key_id>"
SECRET = f"{APP}/credentials/secrets/<str:secret_id>"
USER = f"{APP}/users/<str:user_id>"

app_urls: list[URLPattern | URLResolver] = [
    path("apps", apps.AppsView.as_view()),
    path(APP, apps.AppView.as_view()),
    path(f"{APP}/credentials/jwks", app_jwks.KeysView.as_view()),
    path(KEY, app_jwks.KeyView.as_view()),
    path(f"{KEY}/lifecycle/activate", app_jwks.ActivateKeyView.as_view()),
    path(f"{KEY}/lifecycle/deactivate", app_jwks.DeactivateKeyView.as_view()),
    path(f"{APP}/credentials/secrets", app_secrets.SecretsView.as_view()),
    path(SECRET, app_secrets.SecretView.as_view()),
    path(f"{SECRET}/lifecycle/activate", app_secrets.ActivateSecretView.as_view()),
    path(f"{SECRET}/lifecycle/deactivate", app_secrets.DeactivateSecretView.as_view()),
    path(f"{APP}/grants", app_grants.GrantsView.as_view()),
    path(f"{APP}/grants/<str:grant_id>", app_grants.GrantView.as_view()),
    path(f"{APP}/groups", app_groups.AppGroupsView.as_view()),
    path(GROUP, app_groups.AppGroupView.as_view()),
    path(f"{APP}/lifecycle/activate", apps.ActivateAppView.as_view()),
    path(f"{APP}/lifecycle/deactivate", apps.DeactivateAppView.as_view()),
    path(f"{APP}/policies/<str:policy_id>", apps.AppPolicyView.as_view()),
    path(f"{APP}/tokens", app_tokens.AppTokensView.as_view()),
    path(f"{APP}/tokens/<str:token_id>", app_tokens.AppTokenView.as_view()),
    path(f"{APP}/users", app_users.AppUsersView.as_view()),
    path(USER, app_users.AppUserView.as_view()),
    path("policies", apps.PoliciesView.as_view()),
]
