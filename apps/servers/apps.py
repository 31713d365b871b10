from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ServersConfig(AppConfig):
    name = "apps.servers"
    label = "servers"
    verbose_name = _("Authorization servers")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from apps.servers.builtin import ensure_installation_row

        post_migrate.connect(ensure_installation_row, sender=self)
