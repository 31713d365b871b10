"""Rows of the management app."""

from apps.management.api_tokens.models import ApiToken
from apps.management.hooks.models import (
    EventDelivery,
    EventHook,
    EventHookSecret,
    EventHookType,
)
from apps.management.idempotency import IdempotentCall

__all__ = [
    "IdempotentCall",
    "ApiToken",
    "EventDelivery",
    "EventHook",
    "EventHookSecret",
    "EventHookType",
]
