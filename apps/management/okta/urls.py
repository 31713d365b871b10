"""Addresses of Okta's dialect, below `/api/v1`."""

from django.urls import URLPattern, URLResolver, path

from apps.management.okta.resources import server_clients, servers

SERVERS = "authorizationServers"
SERVER = f"{SERVERS}/<str:server_id>"
CLIENT = f"{SERVER}/clients/<str:client_id>"

urlpatterns: list[URLPattern | URLResolver] = [
    path(SERVERS, servers.ServersView.as_view()),
    path(SERVER, servers.ServerView.as_view()),
    path(f"{SERVER}/clients", server_clients.ServerClientsView.as_view()),
    path(f"{CLIENT}/tokens", server_clients.ClientTokensView.as_view()),
    path(f"{CLIENT}/tokens/<str:token_id>", server_clients.ClientTokenView.as_view()),
    path(f"{SERVER}/lifecycle/activate", servers.ActivateServerView.as_view()),
    path(f"{SERVER}/lifecycle/deactivate", servers.DeactivateServerView.as_view()),
]
