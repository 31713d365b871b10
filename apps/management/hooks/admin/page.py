"""What the pages of one hook share: head, tabs, and how it is doing in words."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from apps.management.hooks.models import EventHook
from apps.systemlog.admin.parts import (
    action,
    badge,
    chip,
    list_url,
    moment,
    part_url,
    post_action,
    state,
    text,
)

HOOK = "management.EventHook"
DELIVERY = "management.EventDelivery"
TABS = (
    ("settings", "Settings", "change"),
    ("deliveries", "Deliveries", "deliveries"),
    ("secrets", "Signing secrets", "secrets"),
    ("history", "History", "history"),
)
UNVERIFIED = (
    "Events for it are kept, and sent once the receiver has given a challenge back. What isn't "
    "verified within 36 hours is given up."
)


def hook_page(request: HttpRequest, hook: EventHook, *, may_change: bool) -> dict[str, Any]:
    """The head of a hook's pages."""
    page = {
        "title": hook.name,
        "status": state(hook.status, hook.get_status_display()),
        "facts": [[chip(hook.url)], [text("id "), chip(hook.pk)]],
        "actions": _actions(hook) if may_change else [],
    }
    crumbs = [{"label": "Event hooks", "href": list_url(HOOK)}, {"label": hook.name}]
    tabs = [_tab(request, hook, *one) for one in TABS]
    return {"page": page, "crumbs": crumbs, "tabs": tabs, "notice": _notice(hook)}


def health(hook: EventHook, now: datetime) -> tuple[dict[str, str], str]:
    """How deliveries fare: a badge, and more in words."""
    last = f"last {moment(hook.last_success)}" if hook.last_success else "nothing sent yet"
    if hook.status != EventHook.Status.ACTIVE:
        return badge("Off"), last
    if hook.verification != EventHook.Verification.VERIFIED:
        return badge("Unverified", "warn"), "what happens waits"
    if hook.opened_until and hook.opened_until > now:
        return badge("Paused", "danger"), f"until {moment(hook.opened_until)}; {_failed(hook)}"
    if hook.failures:
        return badge("Failing", "warn"), _failed(hook)
    return badge("Working", "success"), last


def _failed(hook: EventHook) -> str:
    return f"{hook.failures} failed in a row" if hook.failures > 1 else "the last one failed"


def _tab(request: HttpRequest, hook: EventHook, name: str, label: str, part: str) -> dict[str, Any]:
    href = part_url(HOOK, hook.pk, part)
    return {
        "name": name,
        "label": label,
        "href": href,
        "is_current": request.path == href,
        "count": None,
    }


def _notice(hook: EventHook) -> dict[str, Any] | None:
    """What keeps events from being sent."""
    if hook.status != EventHook.Status.ACTIVE:
        return _told("", "This hook is off", "What happens meanwhile is not kept for it.")
    if hook.verification != EventHook.Verification.VERIFIED:
        return _told("warn", "The receiver isn't verified yet", UNVERIFIED)
    if hook.opened_until and hook.opened_until > timezone.now():
        words = f"After {hook.failures} failures in a row it is left in peace until "
        rest = "; what is due waits for that."
        return _told("danger", "Paused", f"{words}{moment(hook.opened_until)}{rest}")
    return None


def _told(tone: str, title: str, words: str) -> dict[str, Any]:
    return {"tone": tone, "title": title, "text": words, "parts": [text(words)]}


def _actions(hook: EventHook) -> list[dict[str, Any]]:
    def to(part: str) -> str:
        return part_url(HOOK, hook.pk, part)

    test = post_action("Send a test event", to("test"))
    if hook.status != EventHook.Status.ACTIVE:
        return [test, post_action("Activate", to("activate"), tone="primary", confirmed="1")]
    off = action("Deactivate…", to("deactivate"))
    is_verified = hook.verification == EventHook.Verification.VERIFIED
    return [
        off,
        test,
        *([] if is_verified else [post_action("Verify", to("verify"), tone="primary")]),
    ]
