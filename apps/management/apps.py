from django.apps import AppConfig


class ManagementConfig(AppConfig):
    name = "apps.management"
    label = "management"
    verbose_name = "Management APIs"
    default_auto_field = "django.db.models.BigAutoField"
