"""Every address: protocol endpoints from `apps.oauth`, management APIs from `apps.management`."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from apps.oauth.account.urls import account_urls
from apps.oauth.views.sign_in import SignInView
from authzsite import health
from authzsite.metrics import metrics

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("health/jobs", health.jobs),
    path("metrics", metrics),
    path("admin/", admin.site.urls),
    path("accounts/login/", SignInView.as_view(), name="account_login"),
    *account_urls,
    path("accounts/", include("allauth.urls")),
    path("", include("apps.oauth.urls")),
    path("", include("apps.management.urls")),
]

handler500 = "authzsite.unavailable.server_error"
