"""What models and fields are called that don't say it themselves: by their names, as Django does,
and in the language of whoever reads it. Migrations don't see it."""

from typing import Any, Final

from django.db.models.signals import class_prepared
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _

NAMES: Final = (
    _("API token"),
    _("API tokens"),
    _("access token"),
    _("access token format"),
    _("access tokens"),
    _("allowed scopes"),
    _("always include in token"),
    _("audience"),
    _("auth header"),
    _("authorization server"),
    _("authorization servers"),
    _("claim"),
    _("claim type"),
    _("claims"),
    _("client"),
    _("clients"),
    _("consent"),
    _("consent method"),
    _("consents"),
    _("custom claims"),
    _("deliveries"),
    _("delivery"),
    _("description"),
    _("display name"),
    _("email"),
    _("entity type"),
    _("event"),
    _("event hook"),
    _("event hooks"),
    _("expires at"),
    _("first name"),
    _("grant"),
    _("grant types"),
    _("grants"),
    _("group"),
    _("group filter type"),
    _("groups"),
    _("headers"),
    _("id"),
    _("inline hook"),
    _("inline hooks"),
    _("installation"),
    _("installations"),
    _("last name"),
    _("login"),
    _("login policies"),
    _("login policy"),
    _("name"),
    _("owner"),
    _("owners"),
    _("policies"),
    _("policy"),
    _("priority"),
    _("profile"),
    _("revocation job"),
    _("revocation jobs"),
    _("rule"),
    _("rules"),
    _("scope"),
    _("scope mode"),
    _("scopes"),
    _("status"),
    _("store domain"),
    _("system log"),
    _("title"),
    _("token policies"),
    _("token policy"),
    _("user"),
    _("users"),
    _("value"),
    _("value type"),
    _("version"),
)
"""Those that the console shows, for translators to see."""


def tell(sender: Any, **kwargs: Any) -> None:
    """A model of ours is there: what it and its fields are called becomes translatable."""
    if not sender.__module__.startswith("apps."):
        return
    meta = sender._meta
    for field in (*meta.local_fields, *meta.local_many_to_many):
        if field._verbose_name is None:
            field.verbose_name = gettext_lazy(str(field.verbose_name))
    for name in {"verbose_name", "verbose_name_plural"} - set(meta.original_attrs):
        setattr(meta, name, gettext_lazy(str(getattr(meta, name))))


class_prepared.connect(tell, dispatch_uid="names")
