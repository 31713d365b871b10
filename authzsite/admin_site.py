"""The console: Django's admin under our name."""

from django.contrib import admin


class AuthzAdminSite(admin.AdminSite):
    """The site that every `admin.py` registers with."""

    site_header = "authzsite"
    site_title = "authzsite"
    index_title = "Dashboard"
