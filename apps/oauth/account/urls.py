"""Where the account pages are. Those below `accounts/` take the place of allauth's."""

from django.urls import URLPattern, path

from apps.oauth.account import email, views

account_urls: list[URLPattern] = [
    path("account/", views.overview, name="account_overview"),
    path("account/applications/", views.applications, name="account_applications"),
    path("account/applications/<str:client_id>/", views.application, name="account_application"),
    path("accounts/sessions/", views.sessions, name="usersessions_list"),
    path("accounts/sessions/others/", views.end_others, name="account_end_others"),
    path("accounts/sessions/<int:number>/", views.end_session, name="account_end_session"),
    path("accounts/email/", email.change, name="account_email"),
    path("accounts/confirm-email/<str:key>/", email.confirm, name="account_confirm_email"),
]
