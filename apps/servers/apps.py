from django.apps import AppConfig


class ServersConfig(AppConfig):
    name = "apps.servers"
    label = "servers"
    verbose_name = "Authorization servers"
    default_auto_field = "django.db.models.BigAutoField"
