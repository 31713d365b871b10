from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OauthConfig(AppConfig):
    name = "apps.oauth"
    label = "oauth"
    verbose_name = _("OAuth endpoints")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from apps.oauth.grants import MODULES
        from apps.oauth.simulation.cases import StoredTests
        from apps.servers.services import tested
        from authzsite.domain.grant_types import install

        install(module.SPEC for module in MODULES)
        tested.install(StoredTests())
