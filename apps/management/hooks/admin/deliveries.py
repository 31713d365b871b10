"""Deliveries: a hook's latest, and the list of all; those that were given up can be sent again."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.management.hooks.admin.page import DELIVERY, HOOK, health
from apps.management.hooks.models import EventDelivery, EventHook
from apps.management.hooks.services import drop_delivery, retry_delivery
from apps.systemlog.admin.actions import bulk_action
from apps.systemlog.admin.log_filters import Choice
from apps.systemlog.admin.parts import (
    badge_html,
    change_url,
    link,
    link_html,
    list_url,
    moment,
    part_url,
    post_action,
    state,
    table,
)
from apps.systemlog.admin.service import ConsoleAdmin, ServiceAdmin, actor_of, attempt
from apps.systemlog.events import CATALOGUE

SHOWN = 20
UUID_LENGTH = 36
State = EventDelivery.State
COLUMNS = (gettext_lazy("Happened"), gettext_lazy("Event"), gettext_lazy("State"), "")
DROPPED = gettext_lazy(
    "The receiver will never hear of these events. The log remembers that they were dropped."
)


class StateFilter(Choice):
    """Where they are."""

    title, parameter_name = "state", "state"
    options = dict(State.choices)


@admin.register(EventDelivery)
class EventDeliveryAdmin(ConsoleAdmin):
    """What hooks were told, are still to be told, and were never told."""

    list_display = ("when", "event", "hook_name", "progress")
    list_display_links = None
    list_filter = (StateFilter,)
    found_exactly = ("id",)
    served = ("hook", "state")
    search_help_text = gettext_lazy("A webhook id, or an event's uuid.")
    ordering = ("-created",)
    sortable_by = ()
    actions = [
        bulk_action(
            "deliver_again",
            gettext_lazy("Deliver again"),
            lambda actor, delivery: retry_delivery(actor=actor, delivery=delivery),
            done=gettext_lazy("queued to be delivered again"),
        ),
        bulk_action(
            "drop_deliveries",
            gettext_lazy("Drop"),
            lambda actor, delivery: drop_delivery(actor=actor, delivery=delivery),
            done=gettext_lazy("dropped"),
            warning=DROPPED,
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[EventDelivery]:
        """Those of hooks that are there."""
        return super().get_queryset(request).select_related("hook")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """An event's deliveries are found by the index that begins with the hook."""
        word = search_term.strip().removeprefix("=")
        if len(word) != UUID_LENGTH:
            return super().get_search_results(request, queryset, search_term)
        hooks = list(EventHook.objects.values_list("pk", flat=True))
        return queryset.filter(hook__in=hooks, event_uuid=word), False

    @admin.display(description=gettext_lazy("Happened"))
    def when(self, delivery: EventDelivery) -> SafeString:
        """When the event was published; when it ended here, or goes on."""
        at, then = moment(delivery.created), _when(delivery)
        text = '<span class="nowrap">{}</span><br><span class="muted small nowrap">{}</span>'
        return format_html(text, at, then)

    @admin.display(description=gettext_lazy("Event"))
    def event(self, delivery: EventDelivery) -> SafeString:
        """What happened, as a link to the log, and the id that the receiver sees."""
        url = change_url("systemlog.LogEvent", delivery.event_id)
        own = format_html('<br><span class="muted small">{}</span>', delivery.pk)
        return format_html("{}{}", link_html(_message(delivery), url), own)

    @admin.display(description=gettext_lazy("Hook"))
    def hook_name(self, delivery: EventDelivery) -> SafeString:
        """Whom it is for."""
        return link_html(delivery.hook, part_url(HOOK, delivery.hook_id, "deliveries"))

    @admin.display(description=gettext_lazy("State"))
    def progress(self, delivery: EventDelivery) -> SafeString:
        """Where it is, and why."""
        shown = badge_html(delivery.state, delivery.get_state_display())
        words = format_html('<br><span class="muted small">{}</span>', _why(delivery))
        return format_html("{}{}", shown, words)


def show_deliveries(admin: ServiceAdmin, request: HttpRequest, hook: EventHook) -> HttpResponse:
    """The tab: what was given up first, then the latest."""
    may_change = admin.may_change(request)
    rows = EventDelivery.objects.filter(hook=hook)
    dead = list(rows.filter(state=State.DEAD).order_by("-created")[: SHOWN + 1])
    others = rows.exclude(state=State.DEAD).order_by("-created")[:SHOWN]
    nothing = {"title": _("Nothing else") if dead else _("Nothing yet")}
    sections: list[dict[str, Any]] = [
        {
            "heading": _("Latest"),
            "table": table(COLUMNS, [_row(hook, one, False) for one in others], empty=nothing),
            "more": {"label": _("All deliveries"), "href": list_url(DELIVERY, hook=hook.pk)},
        }
    ]
    if dead:
        more = {"label": _("All that were given up"), "href": _dead_url(hook)}
        given_up = {
            "heading": _("Given up"),
            "hint": _("The receiver hasn't heard of these. They are kept for 30 days."),
            "table": table(COLUMNS, [_row(hook, one, may_change) for one in dead[:SHOWN]]),
            "actions": [_all_again(hook)] if may_change else [],
            **({"more": more} if len(dead) > SHOWN else {}),
        }
        sections.insert(0, given_up)
    return admin.shell(request, hook, "deliveries", sections=sections)


def change_delivery(request: HttpRequest, hook: EventHook) -> HttpResponse:
    """What the tab's buttons post: one delivery, or all that the tab shows as given up."""
    dead = EventDelivery.objects.filter(hook=hook, state=State.DEAD).order_by("-created")
    again = {"again": (retry_delivery, _("queued again")), "drop": (drop_delivery, "dropped")}
    verb, wanted = request.POST.get("form", ""), request.POST.get("delivery", "")
    rows = list((dead.filter(pk=wanted) if wanted else dead)[:SHOWN])
    if verb not in again or (verb == "drop" and not wanted):
        rows = []
    for row in rows:
        service, words = again[verb]
        done = f"{_message(row)}: {words}."
        attempt(request, lambda s=service, r=row: s(actor=actor_of(request), delivery=r), done)  # type: ignore[misc]
    return HttpResponseRedirect(request.path)


def _all_again(hook: EventHook) -> dict[str, Any]:
    url = part_url(HOOK, hook.pk, "deliveries")
    return post_action(_("Deliver these again"), url, tone="primary", form="again")


def _dead_url(hook: EventHook) -> str:
    return list_url(DELIVERY, hook=hook.pk, state=State.DEAD.value)


def _row(hook: EventHook, delivery: EventDelivery, may_change: bool) -> list[dict[str, Any]]:
    delivery.hook = hook
    event = link(_message(delivery), change_url("systemlog.LogEvent", delivery.event_id))
    return [
        {"text": moment(delivery.created), "kind": "nowrap", "hint": _when(delivery)},
        {"parts": [event], "hint": delivery.pk},
        {"badge": state(delivery.state, delivery.get_state_display()), "hint": _why(delivery)},
        {"actions": _buttons(hook, delivery) if may_change else []},
    ]


def _buttons(hook: EventHook, delivery: EventDelivery) -> list[dict[str, Any]]:
    url = part_url(HOOK, hook.pk, "deliveries")
    again = post_action(_("Deliver again"), url, size="small", form="again", delivery=delivery.pk)
    return [again, post_action(_("Drop"), url, size="small", form="drop", delivery=delivery.pk)]


def _message(delivery: EventDelivery) -> str:
    kind = CATALOGUE.get(delivery.event_type)
    return kind.message if kind else delivery.event_type


def _why(delivery: EventDelivery) -> str:
    """Why it is where it is, and after how many attempts, in few words."""
    number = delivery.attempts
    tried = ngettext("%(n)d attempt", "%(n)d attempts", number) % {"n": number} if number else ""
    return ", ".join(filter(None, (delivery.last_error, tried, _waits_for(delivery))))


def _waits_for(delivery: EventDelivery) -> str:
    """What of its hook keeps it from being sent."""
    if delivery.state != State.PENDING:
        return ""
    kind = health(delivery.hook, timezone.now())[0]
    waits = {
        "off": _("the hook is off"),
        "unverified": _("not verified"),
        "paused": _("the hook is paused"),
    }
    return waits.get(kind, "")


def _when(delivery: EventDelivery) -> str:
    """When it ended, or is due."""
    if delivery.settled is not None:
        return _("ended %(time)s") % {"time": moment(delivery.settled)}
    return _("due %(time)s") % {"time": moment(delivery.next_attempt)}
