"""Addresses of the management APIs; those below the organisation are Identity Cloud's."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from apps.management.okta.base import UnknownResourceView
from apps.management.okta.resources import registration
from apps.management.views import org_server
from apps.management.views.base import UnknownView
from apps.management.views.clients import ClientSecretView, ClientsView, ClientView
from apps.management.views.login import (
    LoginDiscoveryView,
    LoginIntrospectView,
    LoginKeysView,
    LoginRevokeView,
    LoginTokenView,
)
from apps.management.views.login_policies import LoginPoliciesView, LoginPolicyView
from apps.management.views.token_policies import TokenPoliciesView, TokenPolicyView

app_name = "management"
CONFIG = "<str:organization>/config"
LOGIN = "<str:organization>/login"

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("apps.management.okta.urls")),
    re_path(r"^api/v1/[\s\S]*\Z", UnknownResourceView.as_view()),
    path("oauth2/v1/clients", registration.ClientsView.as_view()),
    path("oauth2/v1/clients/<str:client_id>", registration.ClientView.as_view()),
    path(
        "oauth2/v1/clients/<str:client_id>/lifecycle/newSecret",
        registration.NewSecretView.as_view(),
    ),
    re_path(r"^oauth2/v1/clients/[\s\S]*\Z", UnknownResourceView.as_view()),
    path("oauth2/v1/token", org_server.TokenView.as_view()),
    path("oauth2/v1/introspect", org_server.IntrospectView.as_view()),
    path("oauth2/v1/revoke", org_server.RevokeView.as_view()),
    path("oauth2/v1/keys", LoginKeysView.as_view()),
    path(".well-known/openid-configuration", org_server.DiscoveryView.as_view()),
    path(".well-known/oauth-authorization-server", org_server.DiscoveryView.as_view()),
    path(".well-known/okta-organization", org_server.OrganizationDocumentView.as_view()),
    path(f"{LOGIN}/token", LoginTokenView.as_view()),
    path(f"{LOGIN}/token/introspect", LoginIntrospectView.as_view()),
    path(f"{LOGIN}/token/revoke", LoginRevokeView.as_view()),
    path(f"{LOGIN}/jwk", LoginKeysView.as_view()),
    path(f"{LOGIN}/.well-known/openid-configuration", LoginDiscoveryView.as_view()),
    path(f"{CONFIG}/clients", ClientsView.as_view()),
    path(f"{CONFIG}/clients/<str:client_id>", ClientView.as_view()),
    path(f"{CONFIG}/clients/<str:client_id>/secret", ClientSecretView.as_view()),
    path(f"{CONFIG}/loginPolicies", LoginPoliciesView.as_view()),
    path(f"{CONFIG}/loginPolicies/<str:policy_id>", LoginPolicyView.as_view()),
    path(f"{CONFIG}/tokenPolicies", TokenPoliciesView.as_view()),
    path(f"{CONFIG}/tokenPolicies/<str:policy_id>", TokenPolicyView.as_view()),
    re_path(r"^(?P<organization>[^/]+)/config/[\s\S]*\Z", UnknownView.as_view()),
]
