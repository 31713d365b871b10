"""What the dashboard says of hooks: those that don't hear what they asked for."""

from typing import Any

from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.management.hooks.admin.page import HEALTH, HOOK, health
from apps.management.hooks.models import EventDelivery, EventHook
from apps.systemlog.admin.parts import part_url

TOLD = {
    "unverified": gettext_lazy("%(hook)s isn't verified: what happens waits"),
    "failing": gettext_lazy("%(hook)s doesn't take what it is sent"),
    "paused": gettext_lazy("%(hook)s doesn't take what it is sent"),
}


def attention(request: HttpRequest) -> list[dict[str, Any]]:
    """Hooks whose deliveries were given up, that fail or that wait to be verified."""
    dead = EventDelivery.objects.filter(hook=OuterRef("pk"), state=EventDelivery.State.DEAD)
    hooks = EventHook.objects.annotate(has_dead=Exists(dead)).order_by("name")
    return [line for hook in hooks if (line := _line(hook))]


def _line(hook: Any) -> dict[str, Any] | None:
    kind, words = health(hook, timezone.now())
    if hook.has_dead:
        tone, words = "danger", _("they were given up")
        told = _("%(hook)s hasn't heard of some events")
    elif kind in TOLD:
        tone, told = HEALTH[kind]["tone"], str(TOLD[kind])
    else:
        return None
    return {
        "label": _("Event hook"),
        "tone": tone,
        "text": told % {"hook": hook.name},
        "href": part_url(HOOK, hook.pk, "deliveries"),
        "hint": "" if kind == "unverified" and not hook.has_dead else words,
    }
