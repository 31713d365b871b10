"""`/api/v1/logs`: the system log, to be followed (polling) or looked into
(bounded).

Polling goes by the order of arrival and always has a next page, so that nothing is lost; bounded
goes by `published`, and ends. Nothing is ever counted, and no more rows are read than a page has.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import OperationalError
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from apps.management.okta.base import OktaView
from apps.management.okta.columns import moment_of
from apps.management.okta.faults import Fault, invalid
from apps.management.okta.log_columns import MAX_WORD_LENGTH, MAX_WORDS, compare, has_word
from apps.management.okta.paging import PAGING, Paging, links, opened
from apps.management.okta.parameters import parameters, whole_number
from apps.management.okta.schema import PAGES, documented, query
from apps.management.okta.scim import BadFilter, parse, query_of
from apps.management.okta.shapes import Moment, Shape
from apps.management.respond import answer
from apps.systemlog.arrival import arrived
from apps.systemlog.models import LogEvent
from apps.systemlog.render import as_log_event
from apps.tokens import clock

FILTERS: Final = ("since", "until", "filter", "q", "sortOrder")
OLDEST: Final = timedelta(days=180)
USUAL: Final = timedelta(days=7)
DEFAULT: Final = 100
MOST: Final = 1000
TIMED_OUT: Final = "57014"  # PostgreSQL: the statement was cancelled


class EventShape(Shape):
    """A LogEvent. What isn't known is null."""

    uuid = serializers.CharField(read_only=True)
    published = Moment(read_only=True)
    eventType = serializers.CharField(read_only=True)  # noqa: N815 - the wire's names
    version = serializers.CharField(read_only=True)
    severity = serializers.ChoiceField(("DEBUG", "INFO", "WARN", "ERROR"), read_only=True)
    legacyEventType = serializers.CharField(read_only=True, allow_null=True)  # noqa: N815
    displayMessage = serializers.CharField(read_only=True)  # noqa: N815
    actor = serializers.DictField(read_only=True)
    client = serializers.DictField(read_only=True)
    device = serializers.DictField(read_only=True, allow_null=True)
    authenticationContext = serializers.DictField(read_only=True)  # noqa: N815
    outcome = serializers.DictField(read_only=True)
    target = serializers.ListField(child=serializers.DictField(), read_only=True, allow_null=True)
    transaction = serializers.DictField(read_only=True)
    debugContext = serializers.DictField(read_only=True)  # noqa: N815
    securityContext = serializers.DictField(read_only=True)  # noqa: N815
    request = serializers.DictField(read_only=True)


@dataclass(frozen=True, slots=True)
class Span:
    """What a call asks for in time."""

    since: datetime
    until: datetime | None
    is_descending: bool

    @property
    def is_polling(self) -> bool:
        """Whether the caller follows the log."""
        return self.until is None and not self.is_descending

    @property
    def paging(self) -> Paging:
        """The order."""
        order = ("id",) if self.is_polling else ("published", "id")
        return Paging(order, is_descending=self.is_descending)


class LogsView(OktaView):
    """Events."""

    @documented(
        "listLogEvents",
        "List events of the system log",
        gives=EventShape(many=True),
        parameters=[
            query("since", "ISO 8601 with a zone; by default 7 days before `until`."),
            query("until", "ISO 8601 with a zone; without it the next link is always there."),
            query("filter", "A SCIM filter over any attribute but `published`."),
            query("q", f"At most {MAX_WORDS} words, all of which must occur."),
            query("sortOrder", "`ASCENDING` or `DESCENDING`."),
            *PAGES,
        ],
    )
    def get(self, request: Request) -> HttpResponse:
        given = parameters(request, *PAGING, *FILTERS)
        limit = whole_number(given, "limit", default=DEFAULT, least=0, most=MOST)
        place = opened(request, given) if given.get("after") else []
        span = _span(given, place, clock.now())
        rows = _events(given, span)
        if place:
            rows = rows.filter(span.paging.beyond(place[1:]))
        found = _read(rows.order_by(*span.paging.ordering)[: limit + 1])
        last = _last(found, limit, span, place)
        body = [as_log_event(row) for row in found[:limit]]
        return answer(body, headers={"Link": links(request, given, last)})


def _span(given: dict[str, str], place: list[Any], now: datetime) -> Span:
    """The span of the parameters; a cursor remembers where the first page began."""
    order = given.get("sortOrder", "ASCENDING").upper()
    if order not in {"ASCENDING", "DESCENDING"}:
        raise invalid("sortOrder", "must be ASCENDING or DESCENDING")
    until, since = _moment(given, "until"), _moment(given, "since")
    if since is not None and since < now - OLDEST:
        raise Fault(400, "E0000053", "Invalid filter: since is more than 180 days ago")
    if place:
        since = moment_of(place[0])
    since = since or (until or now) - USUAL
    if until is not None and since > until:
        raise Fault(400, "E0000031", "Invalid search criteria: since is after until")
    return Span(since, until, order == "DESCENDING")


def _moment(given: dict[str, str], name: str) -> datetime | None:
    if not given.get(name):
        return None
    found = moment_of(given[name])
    if found is None:
        raise invalid(name, "must be a date and time of ISO 8601 with its zone")
    return found


def _events(given: dict[str, str], span: Span) -> QuerySet[LogEvent]:
    rows = LogEvent.objects.filter(published__gte=span.since)
    if span.until is not None:
        rows = rows.filter(published__lte=span.until)
    if span.is_polling:
        rows = rows.filter(arrived())
    return rows.filter(_filter(given), _words(given))


def _filter(given: dict[str, str]) -> Q:
    if not given.get("filter"):
        return Q()
    try:
        return query_of(parse(given["filter"]), compare)
    except BadFilter as error:
        raise Fault(400, "E0000053", f"Invalid filter: it {error}") from None


def _words(given: dict[str, str]) -> Q:
    words = given.get("q", "").split()
    if len(words) > MAX_WORDS or any(len(word) > MAX_WORD_LENGTH for word in words):
        raise invalid("q", f"must be at most {MAX_WORDS} words of {MAX_WORD_LENGTH} characters")
    found = Q()
    for word in words:
        found &= has_word(word)
    return found


def _read(rows: QuerySet[LogEvent]) -> list[LogEvent]:
    try:
        return list(rows)
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") == TIMED_OUT:
            raise Fault(500, "E0000009", "The search took too long: narrow it down") from None
        raise


def _last(found: list[LogEvent], limit: int, span: Span, place: list[Any]) -> list[Any] | None:
    """The place from which the next page goes on; None after the last page of a bounded search."""
    page = found[:limit]
    if not span.is_polling and (len(found) <= limit or not page):
        return None
    since = span.since.isoformat()
    if not page:
        return place or [since, 0]
    row = page[-1]
    return [since, row.pk] if span.is_polling else [since, row.published.isoformat(), row.pk]
