"""Addresses of every authorization server, under `/oauth2/{id}`."""

from django.urls import URLPattern, URLResolver, path

from apps.oauth.views.authorize import AuthorizeView
from apps.oauth.views.introspect import IntrospectView, RevokeView
from apps.oauth.views.logout import LogoutView
from apps.oauth.views.metadata import (
    AuthorizationServerMetadataView,
    KeysView,
    OpenidConfigurationView,
)
from apps.oauth.views.token import TokenView
from apps.oauth.views.userinfo import UserInfoView

app_name = "oauth"
BASE = "oauth2/<str:server_id>"

urlpatterns: list[URLPattern | URLResolver] = [
    path(f"{BASE}/v1/authorize", AuthorizeView.as_view(), name="authorize"),
    path(f"{BASE}/v1/logout", LogoutView.as_view(), name="logout"),
    path(f"{BASE}/v1/token", TokenView.as_view(), name="token"),
    path(f"{BASE}/v1/introspect", IntrospectView.as_view(), name="introspect"),
    path(f"{BASE}/v1/revoke", RevokeView.as_view(), name="revoke"),
    path(f"{BASE}/v1/userinfo", UserInfoView.as_view(), name="userinfo"),
    path(f"{BASE}/v1/keys", KeysView.as_view(), name="keys"),
    path(
        f"{BASE}/.well-known/openid-configuration", OpenidConfigurationView.as_view(), name="openid"
    ),
    path(
        f"{BASE}/.well-known/oauth-authorization-server",
        AuthorizationServerMetadataView.as_view(),
        name="metadata",
    ),
    path(
        f".well-known/oauth-authorization-server/{BASE}", AuthorizationServerMetadataView.as_view()
    ),
    path(f".well-known/openid-configuration/{BASE}", OpenidConfigurationView.as_view()),
]
