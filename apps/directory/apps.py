from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class DirectoryConfig(AppConfig):
    name = "apps.directory"
    label = "directory"
    verbose_name = _("Directory")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from apps.directory import factor_signals, signals
        from apps.directory.builtin import ensure_everyone

        del factor_signals  # its receivers are connected by now
        signals.conceal_session_keys()
        post_migrate.connect(ensure_everyone, sender=self)
