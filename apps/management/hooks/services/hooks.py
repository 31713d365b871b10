"""Event hooks: settings and status. Each change is an event of the log (R24)."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from apps.directory.rows import Changes, assign, created, lock, refuse, save, unique
from apps.management.hooks.log import log_hook
from apps.management.hooks.models import EventHook, EventHookType
from apps.management.hooks.secrets import seal_auth
from apps.management.hooks.services.secrets import add_secret
from apps.management.hooks.validation import auth_value_problems, hook_problems, url_problems
from apps.systemlog.entries import Actor
from authzsite.domain import limits
from authzsite.domain.validation import Invalid, raise_if

LOGGED = ("name", "url", "auth_header")
FRESH = {
    "verification": EventHook.Verification.UNVERIFIED.value,
    "failures": 0,
    "opened_until": None,
}


def create_event_hook(
    *,
    actor: Actor,
    name: str,
    url: str,
    event_types: Sequence[str],
    auth_header: str = "",
    auth_value: str = "",
    checked_url: str = "",
) -> tuple[EventHook, str]:
    """A new hook, ACTIVE and unverified, and its signing secret in clear, this once.

    Resolves the host's name before its transaction: don't call it inside of another, but with
    `checked_url`, an address for which `url_problems` has just found none.
    """
    hook = EventHook(name=name, url=url, auth_header=auth_header)
    problems = [
        *([] if url == checked_url else url_problems(url)),
        *hook_problems(hook, event_types),
    ]
    raise_if([*problems, *_set_auth(hook, auth_value)])
    with transaction.atomic():
        _ensure_room()
        with unique("name"):
            hook.save(force_insert=True)
        _set_types(hook, event_types)
        secret = add_secret(hook)
        changes: Changes = {**created(hook, LOGGED), "event_types": (None, sorted(event_types))}
        log_hook("created", actor, hook, changes)
    return hook, secret


def update_event_hook(
    *,
    actor: Actor,
    hook: EventHook,
    event_types: Sequence[str] | None = None,
    auth_value: str = "",
    checked_url: str = "",
    **fields: str,
) -> EventHook:
    """Change `name`, `url`, `auth_header` or the types. An empty `auth_value` keeps the present
    one; another address has to be verified anew, and what is waiting waits for that.

    Resolves a new address before its transaction: don't call it inside of another, but with
    `checked_url`, as `create_event_hook`.
    """
    if "url" in fields and fields["url"] not in {hook.url, checked_url}:
        raise_if(url_problems(fields["url"]))
    with transaction.atomic():
        row = lock(hook)
        changes = assign(row, {name: fields[name] for name in LOGGED if name in fields})
        reset = assign(row, FRESH) if "url" in changes else {}
        types = sorted(one.event_type for one in row.types.all())
        wanted = types if event_types is None else sorted(set(event_types))
        problems = hook_problems(row, wanted)
        raise_if([*problems, *_change_auth(row, auth_value, changes)])
        if wanted != types:
            _set_types(row, wanted)
            changes["event_types"] = (types, wanted)
        if changes:
            with unique("name"):
                save(row, {*changes, *reset, "sealed_auth_value"} - {"event_types", "auth_value"})
            log_hook("updated", actor, row, changes)
    return row


@transaction.atomic
def activate_event_hook(*, actor: Actor, hook: EventHook) -> EventHook:
    """Write down events for it again; those of the meantime are not made up for."""
    row = lock(hook)
    if row.status != EventHook.Status.ACTIVE:
        _ensure_room()
    fresh = {"status": EventHook.Status.ACTIVE.value, "failures": 0, "opened_until": None}
    return _change(actor, row, fresh, "activated")


@transaction.atomic
def deactivate_event_hook(*, actor: Actor, hook: EventHook) -> EventHook:
    """Nothing more is written down for it or sent to it; what is waiting waits."""
    return _change(actor, lock(hook), {"status": EventHook.Status.INACTIVE.value}, "deactivated")


@transaction.atomic
def delete_event_hook(*, actor: Actor, hook: EventHook) -> None:
    """For good, with its secrets. Its deliveries are never sent, and go with the retention."""
    row = lock(hook)
    log_hook("deleted", actor, row)
    row.delete()


def _change(actor: Actor, row: EventHook, values: dict[str, Any], verb: str) -> EventHook:
    changes = assign(row, values)
    if "status" in changes:
        save(row, changes)
        log_hook(verb, actor, row, {"status": changes["status"]})
    return row


def _ensure_room() -> None:
    active = EventHook.objects.filter(status=EventHook.Status.ACTIVE)
    if active.count() >= limits.MAX_EVENT_HOOKS:
        raise refuse("status", f"would make more than {limits.MAX_EVENT_HOOKS} active hooks")


def _set_types(hook: EventHook, types: Sequence[str]) -> None:
    hook.types.all().delete()
    rows = [EventHookType(hook=hook, event_type=one) for one in sorted(set(types))]
    EventHookType.objects.bulk_create(rows)


def _set_auth(hook: EventHook, value: str) -> list[Invalid]:
    """Seal the value of the header; what is wrong with it, or with one without the other."""
    if not hook.auth_header:
        hook.sealed_auth_value = None
        return [Invalid("auth_header", "must be given with a value")] if value else []
    if not value and hook.sealed_auth_value is None:
        return [Invalid("auth_value", "must be given with a header")]
    if value and not (problems := auth_value_problems(value)):
        hook.sealed_auth_value = seal_auth(value, hook_id=hook.pk)
        return []
    return problems if value else []


def _change_auth(hook: EventHook, value: str, changes: Changes) -> list[Invalid]:
    """The same of a hook that exists; the log hears that it changed, not to what."""
    problems = _set_auth(hook, value)
    if value and not problems:
        changes["auth_value"] = (None, "changed")
    return problems
