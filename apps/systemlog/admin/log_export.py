"""The filtered list of events as CSV or JSON, newest first, sent while it is read.

What no index finds is looked for range of ids by range of ids, each by a short statement, so that a
rare event among millions neither holds a statement open nor runs into its time limit.
"""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext as _

from apps.systemlog.admin.csv import MOST_ROWS, csv_response, download
from apps.systemlog.admin.tell import (
    actor_name,
    client_name,
    sentence,
    server_name,
    user_name,
    with_owner_names,
)
from apps.systemlog.models import LogEvent
from apps.systemlog.render import as_log_event, in_milliseconds

NAME: Final = "system-log"
FEW, MANY = 250, 1000
"""Rows of a range, below and above which the next one is wider or narrower."""
WIDTH: Final = (500, 64_000)
"""Ids of a range."""


def export(request: HttpRequest, ending: str, events: QuerySet[LogEvent]) -> StreamingHttpResponse:
    """The events as a file; `ending` is csv or json."""
    found = newest_first(events)
    if ending == "json":
        return download(request, NAME, "json", "application/json", json_pieces(found, MOST_ROWS))
    header = [
        *(_("Time"), _("What happened"), _("Outcome"), _("Reason"), _("Type"), _("Severity")),
        *(_("Who"), _("Who, id"), _("User"), _("User, id"), _("Client"), _("Client, id")),
        *(_("Server"), _("Server, id"), _("Address"), _("Reference"), _("Event")),
    ]
    return csv_response(request, NAME, header, map(cells, found))


def newest_first(events: QuerySet[LogEvent]) -> Iterator[LogEvent]:
    """All of them, with the names of their owners, by ranges of ids."""
    ends = LogEvent.objects.order_by("pk").values_list("pk", flat=True)
    oldest, top = ends.first(), ends.last()
    width = WIDTH[0]
    while oldest is not None and top is not None and top >= oldest:
        here = events.filter(pk__lte=top, pk__gt=top - width).order_by("-pk")
        rows = with_owner_names(here)
        yield from rows
        top -= width
        if len(rows) < FEW:
            width = min(width * 2, WIDTH[1])
        elif len(rows) > MANY:
            width = max(width // 2, WIDTH[0])


def cells(event: LogEvent) -> list[object]:
    """A line of the file."""
    return [
        *(in_milliseconds(event.published), sentence(event, why=True), event.outcome),
        *(event.reason, event.event_type, event.severity, actor_name(event), event.actor_id),
        *(user_name(event), event.user_id, client_name(event), event.client_id),
        *(server_name(event), event.server_id, event.ip_address, event.reference, event.uuid),
    ]


def json_pieces(events: Iterable[LogEvent], most: int) -> Iterator[str]:
    """`{"events": […], "count": n, "isCut": bool}` with events in Okta's LogEvent shape."""
    rest = iter(events)
    count = 0
    yield '{"events": ['
    for count, event in enumerate(islice(rest, most), start=1):
        shown: dict[str, Any] = {**as_log_event(event), "sentence": sentence(event, why=True)}
        yield (",\n" if count > 1 else "\n") + json.dumps(shown, ensure_ascii=False)
    is_cut = next(rest, None) is not None
    yield f'\n], "count": {count}, "isCut": {json.dumps(is_cut)}}}\n'
