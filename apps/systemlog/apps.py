from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from apps.systemlog import names as names  # listens before any model is made


class SystemlogConfig(AppConfig):
    name = "apps.systemlog"
    label = "systemlog"
    verbose_name = _("System log")
    default_auto_field = "django.db.models.BigAutoField"
