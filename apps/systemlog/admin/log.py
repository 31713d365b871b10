"""The list of events. One event's own page needs more apps: `apps.oauth.console.event`."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.systemlog.admin.paging import CountlessChangeList, CountlessPaginator
from apps.systemlog.admin.parts import badge_html, change_url, instant, link_html
from apps.systemlog.admin.service import ConsoleAdmin
from apps.systemlog.admin.tell import SERVER, actor_name, client_name, sentence, target_name
from apps.systemlog.events import CATALOGUE
from apps.systemlog.models import LogEvent

REFERENCE = re.compile(r"[A-Z2-9]{4}(-[A-Z2-9]{4}){3}")
FAMILIES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "grants": ("Tokens asked for", ("app.oauth2.as.token.grant", "app.oauth2.as.authorize")),
    "clients": ("Client authentication", ("app.oauth2.invalid_client",)),
    "revocations": (
        "Revocation and replay",
        ("app.oauth2.as.token.revoke", "app.oauth2.as.token.detect", "app.oauth2.token.revoke"),
    ),
    "sessions": ("Sign-in and sign-out", ("user.session", "app.oauth2.as.logout")),
    "servers": (
        "Servers, policies, keys",
        ("oauth2.", "policy.", "app.oauth2.as.key"),
    ),
    "applications": (
        "Clients and secrets",
        (
            *("application.", "app.oauth2.client.", "app.oauth2.credentials"),
            *("token_policy.", "login_policy."),
        ),
    ),
    "people": ("Users and groups", ("user.lifecycle", "user.account", "group.")),
    "system": (
        "Jobs, hooks, configuration files",
        ("system.", "management.", "event_hook.", "inline_hook."),
    ),
}
SPANS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}


class Choice(admin.SimpleListFilter):
    """A filter over a fixed list: no DISTINCT over a large table."""

    options: Mapping[str, str] = {}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The fixed list."""
        return list(self.options.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Rows whose column has the chosen value; an unknown value is no filter."""
        value = self.value()
        if value not in self.options:
            return queryset
        return queryset.filter(**{str(self.parameter_name): value})


class OutcomeFilter(Choice):
    """How it ended."""

    title, parameter_name = "outcome", "outcome"
    options = {"SUCCESS": "Success", "FAILURE": "Failure"}


class SeverityFilter(Choice):
    """How much it matters."""

    title, parameter_name = "severity", "severity"
    options = {"DEBUG": "Debug", "INFO": "Information", "WARN": "Warning", "ERROR": "Error"}


class KindFilter(Choice):
    """What it is about: families of the catalogue."""

    title, parameter_name = "what", "what"
    options = {name: label for name, (label, _) in FAMILIES.items()}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Events of the family's types."""
        if self.value() not in FAMILIES:
            return queryset
        prefixes = FAMILIES[str(self.value())][1]
        return queryset.filter(event_type__in=[n for n in CATALOGUE if n.startswith(prefixes)])


class TimeFilter(Choice):
    """How long ago."""

    title, parameter_name = "time", "since"
    options = {"hour": "Last hour", "day": "Last day", "week": "Last 7 days"}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Events since then."""
        span = SPANS.get(self.value() or "")
        return queryset.filter(published__gte=timezone.now() - span) if span else queryset


@admin.register(LogEvent)
class LogEventAdmin(ConsoleAdmin):
    """What happened, newest first; nobody adds, changes or removes an event."""

    list_display = ("when", "event", "result", "client", "server")
    list_display_links = None
    list_filter = (KindFilter, OutcomeFilter, SeverityFilter, TimeFilter)
    search_fields = ("reference",)
    search_help_text = (
        "A reference, =id of a client, user or server, or ^the beginning of who did it."
    )
    paginator = CountlessPaginator
    sortable_by = ()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[CountlessChangeList]:
        """Nobody counts the log."""
        return CountlessChangeList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By reference, `=` exactly, or `^` from the beginning; each by an index or bounded."""
        term = search_term.strip()
        if not term:
            return queryset, False
        if REFERENCE.fullmatch(term.lstrip("=").upper()):
            return queryset.filter(reference=term.lstrip("=").upper()), False
        if term.startswith("="):
            word = term[1:].strip()
            is_it = Q(client_id=word) | Q(user_id=word) | Q(server_id=word) | Q(actor_name=word)
            return queryset.filter(is_it), False
        return queryset.filter(actor_name__istartswith=term.lstrip("^")), False

    @admin.display(description="When")
    def when(self, event: LogEvent) -> SafeString:
        """To the second; the event's page knows it better."""
        shown = instant(event.published)[:-4]
        return format_html('<span class="nowrap">{}</span>', shown)

    @admin.display(description="What happened")
    def event(self, event: LogEvent) -> SafeString:
        """The sentence, as a link to the event; the reason, and who, where it doesn't say."""
        words, actor = sentence(event), actor_name(event)
        told = link_html(words, change_url("systemlog.LogEvent", event.pk))
        by = "" if actor in words else f"by {actor}"
        aside = " · ".join(filter(None, (event.reason.replace("_", " "), by)))
        return format_html('{}<br><span class="muted small">{}</span>', told, aside)

    @admin.display(description="Outcome")
    def result(self, event: LogEvent) -> SafeString:
        """Success or failure."""
        return badge_html(event.outcome)

    @admin.display(description="Client", empty_value="")
    def client(self, event: LogEvent) -> str | SafeString:
        """The client, as a link."""
        name = client_name(event)
        if not event.client_id:
            return name
        return link_html(name or event.client_id, change_url("clients.Client", event.client_id))

    @admin.display(description="Server", empty_value="")
    def server(self, event: LogEvent) -> str | SafeString:
        """The server, as a link."""
        if not event.server_id:
            return ""
        name = target_name(event, SERVER) or event.server_id
        return link_html(name, change_url("servers.AuthorizationServer", event.server_id))
