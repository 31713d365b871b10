"""Pages of the management app in the console."""

from apps.management.api_tokens.admin import ApiTokenAdmin
from apps.management.hooks.admin import EventDeliveryAdmin, EventHookAdmin

__all__ = ["ApiTokenAdmin", "EventDeliveryAdmin", "EventHookAdmin"]
