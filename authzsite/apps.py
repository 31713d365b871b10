"""The project as a Django app, and the admin site it brings."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class AuthzsiteConfig(AppConfig):
    """Loads Celery, so that tasks know their app, and the system checks."""

    name = "authzsite"
    label = "authzsite"

    def ready(self) -> None:
        """Import for effect."""
        from authzsite import celery, checks  # noqa: F401


class AuthzAdminConfig(AdminConfig):
    """`django.contrib.admin` with our site in place of the default one."""

    default_site = "authzsite.admin_site.AuthzAdminSite"
