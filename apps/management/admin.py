"""Pages of the management app in the console."""

from apps.management.hooks.admin import EventDeliveryAdmin, EventHookAdmin

__all__ = ["EventDeliveryAdmin", "EventHookAdmin"]
