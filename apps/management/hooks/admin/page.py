"""What the pages of one hook share: head, tabs, and how it is doing in words."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.management.hooks.models import EventHook
from apps.systemlog.admin.parts import (
    Words,
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
    ("settings", gettext_lazy("Settings"), "change"),
    ("deliveries", gettext_lazy("Deliveries"), "deliveries"),
    ("secrets", gettext_lazy("Signing secrets"), "secrets"),
    ("history", gettext_lazy("History"), "history"),
)
UNVERIFIED = gettext_lazy(
    "Events for it are kept, and sent once the receiver has given a challenge back. What isn't "
    "verified within 36 hours is given up."
)


def hook_page(request: HttpRequest, hook: EventHook, *, may_change: bool) -> dict[str, Any]:
    """The head of a hook's pages."""
    page = {
        "title": hook.name,
        "status": state(hook.status, hook.get_status_display()),
        "facts": [[chip(hook.url)], [text(_("id ")), chip(hook.pk)]],
        "actions": _actions(hook) if may_change else [],
    }
    crumbs = [{"label": _("Event hooks"), "href": list_url(HOOK)}, {"label": hook.name}]
    tabs = [_tab(request, hook, *one) for one in TABS]
    return {"page": page, "crumbs": crumbs, "tabs": tabs, "notice": _notice(hook)}


HEALTH = {
    "off": badge(gettext_lazy("Off")),
    "unverified": badge(gettext_lazy("Unverified"), "warn"),
    "paused": badge(gettext_lazy("Paused"), "danger"),
    "failing": badge(gettext_lazy("Failing"), "warn"),
    "working": badge(gettext_lazy("Working"), "success"),
}
"""How deliveries fare, and the badge that says so."""


def health(hook: EventHook, now: datetime) -> tuple[str, str]:
    """How deliveries fare: a key of `HEALTH`, and more in words."""
    last = _("nothing sent yet")
    if hook.last_success:
        last = _("last %(time)s") % {"time": moment(hook.last_success)}
    if hook.status != EventHook.Status.ACTIVE:
        return "off", last
    if hook.verification != EventHook.Verification.VERIFIED:
        return "unverified", _("what happens waits")
    if hook.opened_until and hook.opened_until > now:
        words = {"time": moment(hook.opened_until), "why": _failed(hook)}
        return "paused", _("until %(time)s; %(why)s") % words
    if hook.failures:
        return "failing", _failed(hook)
    return "working", last


def _failed(hook: EventHook) -> str:
    words = ngettext("the last one failed", "%(n)d failed in a row", hook.failures)
    return words % {"n": hook.failures}


def _tab(
    request: HttpRequest, hook: EventHook, name: str, label: Words, part: str
) -> dict[str, Any]:
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
        return _told("", _("This hook is off"), _("What happens meanwhile is not kept for it."))
    if hook.verification != EventHook.Verification.VERIFIED:
        return _told("warn", _("The receiver isn't verified yet"), UNVERIFIED)
    if hook.opened_until and hook.opened_until > timezone.now():
        words = _(
            "After %(n)d failures in a row it is left in peace until %(time)s; what is due waits "
            "for that."
        ) % {"n": hook.failures, "time": moment(hook.opened_until)}
        return _told("danger", _("Paused"), words)
    return None


def _told(tone: str, title: Words, words: Words) -> dict[str, Any]:
    return {"tone": tone, "title": title, "text": words, "parts": [text(words)]}


def _actions(hook: EventHook) -> list[dict[str, Any]]:
    def to(part: str) -> str:
        return part_url(HOOK, hook.pk, part)

    test = post_action(_("Send a test event"), to("test"))
    if hook.status != EventHook.Status.ACTIVE:
        return [test, post_action(_("Activate"), to("activate"), tone="primary", confirmed="1")]
    off = action(_("Deactivate…"), to("deactivate"))
    is_verified = hook.verification == EventHook.Verification.VERIFIED
    return [
        off,
        test,
        *([] if is_verified else [post_action(_("Verify"), to("verify"), tone="primary")]),
    ]
