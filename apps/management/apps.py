from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ManagementConfig(AppConfig):
    name = "apps.management"
    label = "management"
    verbose_name = _("Management APIs")
    default_auto_field = "django.db.models.BigAutoField"
