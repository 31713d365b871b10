from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    name = "apps.policies"
    label = "policies"
    verbose_name = "Access policies"
    default_auto_field = "django.db.models.BigAutoField"
