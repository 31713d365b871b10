"""Changes of inline hooks. They revoke nothing: what a hook adds is no part of a decision, so a
change counts for the tokens to come (R15 names conditions and lifetimes only)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypedDict, Unpack

from django.db import transaction

from apps.clients.models import ActiveStatus
from apps.directory.rows import Changes, assign, created, lock, lost, refuse, save, unique
from apps.directory.sealing import seal, unseal
from apps.policies.models import InlineHook, Rule
from apps.systemlog.entries import Actor, Entry, Target
from apps.systemlog.record import record
from authzsite.domain import limits
from authzsite.domain.validation import Invalid, raise_if, validate_name
from authzsite.domain.validation.errors import check_length
from authzsite.domain.validation.headers import validate_header_name, validate_header_value

HOOK_NAME_LENGTH: Final = limits.GROUP_NAME_LENGTH
LOGGED: Final = ("name", "url", "version", "headers", "auth_header")
VERSIONS: Final = ("1.0.0", "1.0.1")


class InlineHookFields(TypedDict, total=False):
    """What an administrator may set; an empty `auth_value` keeps the present one."""

    name: str
    url: str
    version: str
    headers: Sequence[Mapping[str, str]]
    auth_header: str
    auth_value: str


@transaction.atomic
def create_inline_hook(*, actor: Actor, **fields: Unpack[InlineHookFields]) -> InlineHook:
    """A new hook, ACTIVE. Whether its address may be talked to is asked where that can be."""
    if InlineHook.objects.count() >= limits.MAX_INLINE_HOOKS:
        raise refuse("id", f"would be more than {limits.MAX_INLINE_HOOKS} hooks")
    hook = InlineHook()
    _assign(hook, fields)
    with unique("name"):
        hook.save(force_insert=True)
    _log("created", actor, hook, created(hook, LOGGED))
    return hook


@transaction.atomic
def update_inline_hook(
    *, actor: Actor, hook: InlineHook, **fields: Unpack[InlineHookFields]
) -> InlineHook:
    """Change the given fields."""
    row = lock(hook)
    changes = _assign(row, fields)
    if changes:
        with unique("name"):
            save(row, {*changes, "sealed_auth_value"} - {"auth_value"})
        _log("updated", actor, row, changes)
    return row


@transaction.atomic
def activate_inline_hook(*, actor: Actor, hook: InlineHook) -> InlineHook:
    """Ask it again."""
    return _set_status(actor, hook, ActiveStatus.ACTIVE, "activated")


@transaction.atomic
def deactivate_inline_hook(*, actor: Actor, hook: InlineHook) -> InlineHook:
    """Don't ask it: tokens are issued as if there were none."""
    return _set_status(actor, hook, ActiveStatus.INACTIVE, "deactivated")


@transaction.atomic
def delete_inline_hook(*, actor: Actor, hook: InlineHook) -> None:
    """For good. Only when INACTIVE, and no rule names it."""
    row = lock(hook)
    if row.status != ActiveStatus.INACTIVE:
        raise refuse("status", "must be INACTIVE")
    if rule := Rule.objects.filter(hook_id=row.pk).first():
        raise refuse("id", f"is used by the rule {rule.name}")
    _log("deleted", actor, row, lost(row, (*LOGGED, "status")))
    row.delete()


def hook_problems(hook_id: str) -> list[Invalid]:
    """Whether a rule may name the hook. It stays there until the rule is written."""
    if not hook_id:
        return []
    found = InlineHook.objects.select_for_update(no_key=True).filter(pk=hook_id)
    return [] if found.exists() else [Invalid("hook_id", "does not exist")]


def open_auth(hook: InlineHook) -> str:
    """The value of its receiver's header, in clear. Raises Unopenable."""
    return unseal(bytes(hook.sealed_auth_value or b""), _context(hook)).decode()


def _context(hook: InlineHook) -> bytes:
    return f"authzsite-inline-hook|{hook.pk}".encode()


def _assign(hook: InlineHook, fields: InlineHookFields) -> Changes:
    """Set and check everything; what changed, without any secret."""
    plain: dict[str, Any] = {name: fields[name] for name in LOGGED if name in fields}
    if "headers" in plain:
        plain["headers"] = [dict(one) for one in plain["headers"]]
    changes, value = assign(hook, plain), fields.get("auth_value", "")
    raise_if([*_problems(hook), *_auth_problems(hook, value)])
    if not hook.auth_header:
        hook.sealed_auth_value = None
    elif value:
        hook.sealed_auth_value = seal(value.encode("ascii"), _context(hook))
        changes["auth_value"] = (None, "changed")
    return changes


def _problems(hook: InlineHook) -> list[Invalid]:
    found = [
        *validate_name(hook.name, HOOK_NAME_LENGTH),
        *check_length(hook.url, (1, limits.MAX_URI_LENGTH), "url"),
    ]
    if hook.version not in VERSIONS:
        found.append(Invalid("version", f"must be one of {', '.join(VERSIONS)}"))
    if len(hook.headers) > limits.MAX_HOOK_HEADERS:
        most = limits.MAX_HOOK_HEADERS
        found.append(Invalid("headers", f"must not be more than {most}"))
    for one in hook.headers:
        found += validate_header_name(one["key"], field="headers")
        found += validate_header_value(one["value"], field="headers")
    return found


def _auth_problems(hook: InlineHook, value: str) -> list[Invalid]:
    if not hook.auth_header:
        return [Invalid("auth_header", "must be given with a value")] if value else []
    found = validate_header_name(hook.auth_header, field="auth_header")
    if value:
        return [*found, *validate_header_value(value, field="auth_value")]
    if hook.sealed_auth_value is None:
        found.append(Invalid("auth_value", "must be given with a header"))
    return found


def _set_status(actor: Actor, hook: InlineHook, status: ActiveStatus, verb: str) -> InlineHook:
    row = lock(hook)
    changes = assign(row, {"status": status.value})
    if changes:
        save(row, changes)
        _log(verb, actor, row, changes)
    return row


def _log(verb: str, actor: Actor, hook: InlineHook, changes: Changes | None = None) -> None:
    target = Target(hook.pk, "InlineHook", hook.url, hook.name, changes=changes or {})
    record(Entry(f"inline_hook.{verb}", actor, (target,)))
