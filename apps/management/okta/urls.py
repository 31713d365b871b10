"""Addresses of Okta's dialect, below `/api/v1`."""

from django.urls import URLPattern, URLResolver, path

from apps.management.okta.resources import servers

SERVERS = "authorizationServers"
SERVER = f"{SERVERS}/<str:server_id>"

urlpatterns: list[URLPattern | URLResolver] = [
    path(SERVERS, servers.ServersView.as_view()),
    path(SERVER, servers.ServerView.as_view()),
    path(f"{SERVER}/lifecycle/activate", servers.ActivateServerView.as_view()),
    path(f"{SERVER}/lifecycle/deactivate", servers.DeactivateServerView.as_view()),
]
