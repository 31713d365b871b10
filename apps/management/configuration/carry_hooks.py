"""Carrying out changes of inline hooks and event hooks."""

from typing import Any

from apps.management.configuration.carrier import Carrier, NewSecret, columns
from apps.management.configuration.items import Item
from apps.management.configuration.plan import Change
from apps.management.configuration.stored_secrets import AUTH_VALUE
from apps.management.hooks import services as event_hooks
from apps.management.hooks.models import EventHook
from apps.policies.models import InlineHook
from apps.policies.services import inline_hooks


def create_inline_hook(run: Carrier, change: Change) -> None:
    """A new one. Its address has been looked at before the transaction."""
    fields = {"url": "", **_fields(run, change, "inline hook")}
    row = inline_hooks.create_inline_hook(actor=run.actor, **fields)
    _set_inline_status(run, change, row)


def update_inline_hook(run: Carrier, change: Change) -> None:
    """How and where it is asked, and whether."""
    row = _inline(change)
    if fields := _fields(run, change, "inline hook"):
        row = inline_hooks.update_inline_hook(actor=run.actor, hook=row, **fields)
    _set_inline_status(run, change, row)


def delete_inline_hook(run: Carrier, change: Change) -> None:
    """Away with it; first it is stopped."""
    row = inline_hooks.deactivate_inline_hook(actor=run.actor, hook=_inline(change))
    inline_hooks.delete_inline_hook(actor=run.actor, hook=row)


def create_event_hook(run: Carrier, change: Change) -> None:
    """A new one, with the secret that signs what it is told."""
    fields = {"url": "", "event_types": [], **_fields(run, change, "event hook")}
    row, text = event_hooks.create_event_hook(actor=run.actor, checked_url=fields["url"], **fields)
    run.secrets.append(NewSecret("event hook", row.name, text, "signing secret"))
    _set_event_status(run, change, row)


def update_event_hook(run: Carrier, change: Change) -> None:
    """What it is told, where and how, and whether."""
    row = _event(change)
    if fields := _fields(run, change, "event hook"):
        url = fields.get("url", "")
        row = event_hooks.update_event_hook(actor=run.actor, hook=row, checked_url=url, **fields)
    _set_event_status(run, change, row)


def delete_event_hook(run: Carrier, change: Change) -> None:
    """Away with it."""
    event_hooks.delete_event_hook(actor=run.actor, hook=_event(change))


def _fields(run: Carrier, change: Change, noun: str) -> dict[str, Any]:
    """As the services take them. A header that is new has a value, if need be a generated one."""
    item = change.item
    fields = columns(item, change.fields.keys() - {"status"})
    if "events" in change.fields:
        fields["event_types"] = list(item.values["events"])
    is_new = bool(fields.get("auth_header")) and not _has_value(change.before)
    if AUTH_VALUE in change.fields or is_new:
        fields["auth_value"] = run.secret(item, AUTH_VALUE, noun)
    return fields


def _has_value(before: Item | None) -> bool:
    return before is not None and before.row.sealed_auth_value is not None


def _set_inline_status(run: Carrier, change: Change, row: InlineHook) -> None:
    services = inline_hooks.activate_inline_hook, inline_hooks.deactivate_inline_hook
    if "status" in change.fields:
        is_active = change.item.values["status"] == "ACTIVE"
        services[0 if is_active else 1](actor=run.actor, hook=row)


def _set_event_status(run: Carrier, change: Change, row: EventHook) -> None:
    services = event_hooks.activate_event_hook, event_hooks.deactivate_event_hook
    if "status" in change.fields:
        is_active = change.item.values["status"] == "ACTIVE"
        services[0 if is_active else 1](actor=run.actor, hook=row)


def _inline(change: Change) -> InlineHook:
    return InlineHook.objects.get(name=change.item.key[0])


def _event(change: Change) -> EventHook:
    return EventHook.objects.get(name=change.item.key[0])
