"""The list of events. One event's own page needs more apps: `apps.oauth.console.event`."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from django.views.decorators.cache import never_cache

from apps.systemlog.admin import log_filters as f
from apps.systemlog.admin.csv import MOST_ROWS
from apps.systemlog.admin.log_export import export
from apps.systemlog.admin.log_filters import REFERENCE
from apps.systemlog.admin.log_form import narrow_form, with_ids
from apps.systemlog.admin.log_live import BEHIND, arrived_since, last_arrived, place_of
from apps.systemlog.admin.paging import (
    AFTER,
    BEFORE,
    Key,
    KeysetChangeList,
    Place,
    first_of_each,
    ordering,
    past,
)
from apps.systemlog.admin.parts import action, badge_html, change_url, instant, link_html
from apps.systemlog.admin.service import ConsoleAdmin
from apps.systemlog.admin.tell import (
    actor_name,
    client_name,
    reason_words,
    sentence,
    server_name,
    with_owner_names,
)
from apps.systemlog.models import LogEvent

__all__ = ["REFERENCE", "LogEventAdmin"]
LIST = "admin:systemlog_logevent_changelist"
NO_SECRETS = gettext_noop(
    "That looks like a token or a secret. It was not searched for: the log holds none. "
    "The token doctor (Tokens, Token doctor) says what a token is."
)


class LogChangeList(KeysetChangeList):
    """A span of time bounds what is walked, too; rows know the names of whom they are about."""

    def read(self, keys: list[Key], start: Place | None, size: int) -> tuple[list[Any], str]:
        """One row more than `size`, with names."""
        rows, bound = self._read(keys, start, size)
        return with_owner_names(rows), bound

    def _read(self, keys: list[Key], start: Place | None, size: int) -> tuple[list[Any], str]:
        several, span = self._several(), f.span_of(self.request.GET)
        if not several or not span:
            return super().read(keys, start, size)
        behind = (past(keys, start) if start else Q()) & span
        found = first_of_each(self.model, several, behind, keys, size + 1)
        rows = self.queryset.filter(pk__in=found).order_by(*ordering(keys))
        return list(rows[: size + 1]), ""

    def _walked(self) -> QuerySet[Any] | None:
        walked = super()._walked()
        return walked.filter(f.span_of(self.request.GET)) if walked is not None else None


@admin.register(LogEvent)
class LogEventAdmin(ConsoleAdmin):
    """What happened, newest first; nobody adds, changes or removes an event."""

    list_display = ("when", "event", "result", "client", "server")
    list_display_links = None
    list_filter = (
        f.RuleFilter,
        f.KindFilter,
        f.OutcomeFilter,
        f.SinceFilter,
        f.UntilFilter,
        f.SeverityFilter,
    )
    served = ("reference", "user_id", "client_id", "server_id", "event_type")
    linked = ("actor_id",)
    never_narrow = ("since", "until")
    found_exactly = ("reference",)
    ordering = ("-id",)
    search_help_text = gettext_lazy(
        "A reference; =the whole, or the beginning, of a user's, client's or server's name."
    )
    sortable_by = ()
    has_csv = False  # it has its own
    change_list_template = "admin/systemlog/logevent/change_list.html"

    def get_urls(self) -> list[Any]:
        """The list's own addresses before Django's."""
        view = self.admin_site.admin_view
        own: list[URLPattern] = [
            path("live/", view(self.live), name="systemlog_logevent_live"),
            path("export/<str:ending>/", view(self.export), name="systemlog_logevent_export"),
        ]
        return [*own, *super().get_urls()]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[LogChangeList]:
        """Nothing is counted, and every page is bounded."""
        return Filtered if getattr(request, "is_unread", False) else LogChangeList

    def is_served(self, term: str) -> bool:
        """Who did it is compared row by row."""
        return f.search_of(term)[1]

    def several(self, name: str, value: str) -> dict[str, list[Any]]:
        """The types of a family."""
        types = f.types_of(value) if name == f.KindFilter.parameter_name else []
        return {"event_type": types} if types else {}

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By an index, or bounded."""
        term = search_term.strip()[:200].replace("\0", "")
        return (queryset.filter(f.search_of(term)[0]) if term else queryset), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, what follows it, and what takes it away; names in the address become ids."""
        meant = with_ids(request)
        if meant is not None:
            if "q" not in meant and f.is_secret(request.GET.get("q", "").strip(" =^")):
                messages.warning(request, _(NO_SECRETS))
            return HttpResponseRedirect(f"{reverse(LIST)}?{urlencode(meant)}".rstrip("?"))
        query = request.GET.urlencode()
        exports = [
            action(f"{kind.upper()}", _at("export", query, kind), size="small")
            for kind in ("csv", "json")
        ]
        is_newest = not {AFTER, BEFORE, "until"} & set(request.GET)
        context = {
            "exports": exports,
            "export_most": f"{MOST_ROWS:,}",
            "narrow": narrow_form(request),
            "live": _at("live", query) if is_newest else "",
            "beyond": last_arrived() if is_newest else 0,
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)

    @method_decorator(never_cache)
    def live(self, request: HttpRequest) -> HttpResponse:
        """The rows that arrived behind the place of the address, in the list's own shape."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        beyond = place_of(request.GET.get(BEHIND, ""))
        if beyond is None:
            raise Http404
        listed = self.filtered(request)
        until = last_arrived(beyond)
        listed.result_list, has_more = arrived_since(listed.queryset, beyond, until)
        context = {"cl": listed, "opts": self.opts, "beyond": until, "has_more": has_more}
        return TemplateResponse(request, "admin/systemlog/logevent/live.html", context)

    def export(self, request: HttpRequest, ending: str) -> HttpResponse:
        """The filtered list as a file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if ending not in ("csv", "json"):
            raise Http404
        found: Any = export(request, ending, self.filtered(request).queryset)
        return found

    def filtered(self, request: HttpRequest) -> "Filtered":
        """The list of an address without its rows; 400 for an address that no list has."""
        places = (BEHIND, AFTER, BEFORE)
        given = [(name, value) for name, value in request.GET.items() if name not in places]
        request.GET = QueryDict(urlencode(given))
        request.is_unread = True  # type: ignore[attr-defined]
        try:
            found: Any = self.get_changelist_instance(request)
        except IncorrectLookupParameters as error:
            raise BadRequest from error
        return found

    @admin.display(description=gettext_lazy("When"))
    def when(self, event: LogEvent) -> SafeString:
        """To the second; the event's page knows it better."""
        day, clock = instant(event.published)[:-4].split()
        shape = (
            '<time datetime="{}" data-event="{}"><span class="nowrap">{}</span> '
            '<span class="nowrap">{}</span></time>'
        )
        return format_html(shape, event.published.isoformat(), event.pk, day, clock)

    @admin.display(description=gettext_lazy("What happened"))
    def event(self, event: LogEvent) -> SafeString:
        """The sentence, as a link to the event; the reason, and who, where it doesn't say."""
        words, actor = sentence(event), actor_name(event)
        link = link_html(words, change_url("systemlog.LogEvent", event.pk))
        why = reason_words(event) if event.outcome != "SUCCESS" else ""
        by = "" if actor in words else _("by %(name)s") % {"name": actor}
        aside = " · ".join(filter(None, (why, by)))
        return format_html('{}<br><span class="muted small">{}</span>', link, aside)

    @admin.display(description=gettext_lazy("Outcome"))
    def result(self, event: LogEvent) -> SafeString:
        """Success or failure."""
        return badge_html(event.outcome)

    @admin.display(description=gettext_lazy("Client"), empty_value="")
    def client(self, event: LogEvent) -> str | SafeString:
        """The client, as a link."""
        name = client_name(event)
        if not event.client_id:
            return name
        return link_html(name or event.client_id, change_url("clients.Client", event.client_id))

    @admin.display(description=gettext_lazy("Server"), empty_value="")
    def server(self, event: LogEvent) -> str | SafeString:
        """The server, as a link."""
        if not event.server_id:
            return ""
        name = server_name(event) or event.server_id
        return link_html(name, change_url("servers.AuthorizationServer", event.server_id))


class Filtered(LogChangeList):
    """What a list's address finds, not yet read."""

    formset = None

    def get_results(self, request: HttpRequest) -> None:
        """No rows."""
        self._show([])


def _at(part: str, query: str, *args: str) -> str:
    url = reverse(f"admin:systemlog_logevent_{part}", args=args)
    return f"{url}?{query}" if query else url
