"""Grants, denials and tokens over time for the dashboard: from what was counted, never the log."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.oauth.console.chart import chart
from apps.servers.admin.page import tab_url
from apps.servers.models import AuthorizationServer
from apps.systemlog.admin.parts import Part, link, list_url, table, text
from apps.systemlog.tallies import by_hour, hour_of, tokens_by_server, top_reasons
from apps.systemlog.tally import DENIAL, GRANT

HOURS, DAYS = 24, 30
DAY = timedelta(days=1)
LOG = "systemlog.LogEvent"
COUNTED = gettext_lazy("What has happened is counted every two minutes.")
Numbers = Mapping[tuple[datetime, str], int]


def charts(request: HttpRequest) -> list[dict[str, Any]]:
    """The last day by the hour, and 30 days by the day: one statement."""
    now = timezone.now()
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    numbers = by_hour(today - (DAYS - 1) * DAY)
    days = [today - back * DAY for back in reversed(range(DAYS))]
    by_day = _pair(numbers, days, "%d %b", DAY, "")
    hours = _pair(numbers, _hours(now), "%H:%M", timedelta(hours=1), "day")
    return [
        _group("hours", _("Last 24 hours"), _("Hour, UTC"), hours),
        _group("days", _("Last 30 days"), _("Day"), by_day),
    ]


def _group(ident: str, title: str, column: str, pair: list[dict[str, Any]]) -> dict[str, Any]:
    """Charts of one span, and their numbers in rows, the newest first."""
    places = zip(*(one["bars"] for one in pair), strict=True)
    rows = [
        {"label": bars[0]["label"], "numbers": [one["number"] for one in bars]} for bars in places
    ]
    named = [{**one, "id": f"{ident}-{at}"} for at, one in enumerate(pair)]
    return {"id": ident, "title": title, "column": column, "charts": named, "rows": rows[::-1]}


def _hours(now: datetime) -> list[datetime]:
    last = hour_of(now)
    return [last - timedelta(hours=back) for back in reversed(range(HOURS))]


def _pair(
    numbers: Numbers, starts: list[datetime], form: str, span: timedelta, since: str
) -> list[dict[str, Any]]:
    """Grants and denials side by side, each with its own scale."""
    more = {"since": since} if since else {}
    kinds = (
        (GRANT, _("Grants"), "SUCCESS", ""),
        (DENIAL, _("Denials"), "FAILURE", "danger"),
    )
    return [
        chart(
            title,
            _columns(numbers, kind, starts, form, span),
            href=list_url(LOG, what="grants", outcome=outcome, **more),
            tone=tone,
        )
        for kind, title, outcome, tone in kinds
    ]


def _columns(
    numbers: Numbers, kind: str, starts: list[datetime], form: str, span: timedelta
) -> list[tuple[str, int]]:
    sums = dict.fromkeys(starts, 0)
    first = starts[0]
    for (hour, of_kind), number in numbers.items():
        start = first + (hour - first) // span * span
        if of_kind == kind and start in sums:
            sums[start] += number
    return [(start.strftime(form), number) for start, number in sums.items()]


def tables(request: HttpRequest) -> list[dict[str, Any]]:
    """Top reasons of denials, and tokens by server, of the last day: three statements."""
    since = timezone.now() - DAY
    return [
        {
            "title": _("Why requests were denied"),
            "aside": _("last 24 hours"),
            "table": table(
                (_("Reason"), _("Denials") + "#"),
                [_reason(*one) for one in top_reasons(since)],
                empty={"title": _("Nothing was denied"), "body": COUNTED},
            ),
        },
        {
            "title": _("Access tokens by server"),
            "aside": _("last 24 hours"),
            "table": table(
                (_("Server"), _("Tokens") + "#"),
                _servers(tokens_by_server(since)),
                empty={"title": _("No token was issued"), "body": COUNTED},
            ),
        },
    ]


def _reason(reason: str, number: int) -> list[Part]:
    words = reason.replace("_", " ").capitalize() or _("Not said")
    url = list_url(LOG, what="grants", outcome="FAILURE", since="day")
    return [text(words), {**link(f"{number:,}", url), "kind": "num"}]


def _servers(counted: list[tuple[str, int]]) -> list[list[Part]]:
    found = AuthorizationServer.objects.filter(pk__in=[pk for pk, _number in counted])
    names = dict(found.values_list("pk", "name"))
    return [
        [
            link(names[pk], tab_url(pk, "tokens")) if pk in names else text(pk),
            {
                **link(f"{number:,}", list_url(LOG, server_id=pk, what="grants", since="day")),
                "kind": "num",
            },
        ]
        for pk, number in counted
    ]
