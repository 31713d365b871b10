"""Rows of the management app."""

from apps.management.hooks.models import (
    EventDelivery,
    EventHook,
    EventHookSecret,
    EventHookType,
)

__all__ = ["EventDelivery", "EventHook", "EventHookSecret", "EventHookType"]
