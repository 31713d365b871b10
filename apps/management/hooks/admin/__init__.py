"""Event hooks in the console: settings, secrets that are shown once, and what became of
deliveries."""

from apps.management.hooks.admin.deliveries import EventDeliveryAdmin
from apps.management.hooks.admin.hooks import EventHookAdmin
from apps.management.hooks.admin.inline import InlineHookAdmin

__all__ = ["EventDeliveryAdmin", "EventHookAdmin", "InlineHookAdmin"]
