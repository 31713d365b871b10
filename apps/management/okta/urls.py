"""Addresses of Okta's dialect, below `/api/v1`."""

from django.urls import URLPattern, URLResolver, path

from apps.management.okta.resources import (
    claims,
    diagnose,
    explain,
    keys,
    owners,
    policy_tests,
    references,
    scopes,
    server_clients,
    servers,
    sign_in,
    whatif,
)
from apps.management.okta.urls_apps import app_urls
from apps.management.okta.urls_directory import directory_urls
from apps.management.okta.urls_policies import policy_urls

SERVERS = "authorizationServers"
SERVER = f"{SERVERS}/<str:server_id>"
CLIENT = f"{SERVER}/clients/<str:client_id>"

urlpatterns: list[URLPattern | URLResolver] = [
    path(SERVERS, servers.ServersView.as_view()),
    path(SERVER, servers.ServerView.as_view()),
    path(f"{SERVER}/claims", claims.ClaimsView.as_view()),
    path(f"{SERVER}/claims/<str:claim_id>", claims.ClaimView.as_view()),
    path(f"{SERVER}/clients", server_clients.ServerClientsView.as_view()),
    path(f"{CLIENT}/tokens", server_clients.ClientTokensView.as_view()),
    path(f"{CLIENT}/tokens/<str:token_id>", server_clients.ClientTokenView.as_view()),
    path(f"{SERVER}/credentials/keys", keys.KeysView.as_view()),
    path(f"{SERVER}/credentials/keys/<str:key_id>", keys.KeyView.as_view()),
    path(f"{SERVER}/credentials/lifecycle/keyRotate", keys.RotateKeysView.as_view()),
    path(f"{SERVER}/explain", explain.ExplainView.as_view()),
    path(f"{SERVER}/lifecycle/activate", servers.ActivateServerView.as_view()),
    path(f"{SERVER}/lifecycle/deactivate", servers.DeactivateServerView.as_view()),
    path(f"{SERVER}/owners", owners.ServerOwnersView.as_view()),
    path(f"{SERVER}/scopes", scopes.ScopesView.as_view()),
    path(f"{SERVER}/scopes/<str:scope_id>", scopes.ScopeView.as_view()),
    path("explain/<str:reference>", references.ReferenceView.as_view()),
    path("apps/<str:app_id>/owners", owners.AppOwnersView.as_view()),
    *app_urls,
    *directory_urls,
    *policy_urls,
    path(f"{SERVER}/tests", policy_tests.TestsView.as_view()),
    path(f"{SERVER}/tests/run", policy_tests.RunView.as_view()),
    path(f"{SERVER}/tests/<str:test_id>", policy_tests.TestView.as_view()),
    path(f"{SERVER}/whatif", whatif.WhatIfView.as_view()),
    path("org/signIn", sign_in.SignInView.as_view()),
    path("tokens/diagnose", diagnose.DiagnoseView.as_view()),
]
