from django.apps import AppConfig


class SystemlogConfig(AppConfig):
    name = "apps.systemlog"
    label = "systemlog"
    verbose_name = "System log"
    default_auto_field = "django.db.models.BigAutoField"
