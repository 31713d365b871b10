"""How hooks and deliveries look in the system log (R24): Okta's `event_hook.*` types."""

from collections.abc import Mapping
from typing import Any

from apps.management.hooks.models import EventDelivery, EventHook
from apps.systemlog.entries import Actor, Entry, Target
from apps.systemlog.record import record

Changes = Mapping[str, tuple[Any, Any]]
DELIVERY = "event_hook.delivery"


def hook_target(hook: EventHook, changes: Changes | None = None) -> Target:
    """The hook; its address is configuration, its secrets are never named."""
    return Target(hook.pk, "EventHook", hook.url, hook.name, changes=changes or {})


def log_hook(
    verb: str, actor: Actor, hook: EventHook, changes: Changes | None = None, *, reason: str = ""
) -> None:
    """`event_hook.<verb>`; one with a reason is a failure."""
    outcome = "FAILURE" if reason else "SUCCESS"
    target = hook_target(hook, changes)
    record(Entry(f"event_hook.{verb}", actor, (target,), outcome=outcome, reason=reason))


def log_delivery(
    actor: Actor, delivery: EventDelivery, outcome: str, *, reason: str = "", verb: str = ""
) -> None:
    """What became of a delivery. Successes of the worker have a row, but no event."""
    detail = {
        "webhookId": delivery.pk,
        "eventId": delivery.event_uuid,
        "eventType": delivery.event_type,
        "attempts": delivery.attempts,
    }
    target = Target(delivery.pk, "EventDelivery", detail=detail)
    debug = {"change": verb or None, "status": delivery.last_status}
    record(
        Entry(
            DELIVERY,
            actor,
            (hook_target(delivery.hook), target),
            outcome=outcome,
            reason=reason,
            debug=debug,
        )
    )
