"""What the dashboard says of hooks: those that don't hear what they asked for."""

from typing import Any

from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils import timezone

from apps.management.hooks.admin.page import HOOK, health
from apps.management.hooks.models import EventDelivery, EventHook
from apps.systemlog.admin.parts import part_url

TOLD = {
    "Unverified": "isn't verified: what happens waits",
    "Failing": "doesn't take what it is sent",
    "Paused": "doesn't take what it is sent",
}


def attention(request: HttpRequest) -> list[dict[str, Any]]:
    """Hooks whose deliveries were given up, that fail or that wait to be verified."""
    dead = EventDelivery.objects.filter(hook=OuterRef("pk"), state=EventDelivery.State.DEAD)
    hooks = EventHook.objects.annotate(has_dead=Exists(dead)).order_by("name")
    return [line for hook in hooks if (line := _line(hook))]


def _line(hook: Any) -> dict[str, Any] | None:
    badge, words = health(hook, timezone.now())
    if hook.has_dead:
        tone, told, words = "danger", "hasn't heard of some events", "they were given up"
    elif badge["label"] in TOLD:
        tone, told = badge["tone"], TOLD[badge["label"]]
    else:
        return None
    return {
        "label": "Event hook",
        "tone": tone,
        "text": f"{hook.name} {told}",
        "href": part_url(HOOK, hook.pk, "deliveries"),
        "hint": "" if badge["label"] == "Unverified" and not hook.has_dead else words,
    }
