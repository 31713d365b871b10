"""django-oauth-toolkit's addresses, below /o/."""

from django.urls import include, path

urlpatterns = [path("o/", include("oauth2_provider.urls"))]
