"""The filtered list as a file, row by row as it is read; the one place that makes CSV.

A cell that a spreadsheet would run is made text (row 288), the number of rows is bounded, and who
took which list away is an event (R24): by the names of the filters only, since somebody may have
typed a secret into one (row 295).
"""

import csv
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, Final

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext as _

from apps.systemlog.admin.service import actor_of
from apps.systemlog.entries import Entry, Target
from apps.systemlog.record import record

MOST_ROWS: Final = 50_000  # a minute's work of one thread at the worst
ROWS_AT_ONCE: Final = 500
RUNS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
EXPORTED: Final = "system.list.export"

Row = Sequence[object]


def csv_response(
    request: HttpRequest,
    name: str,
    header: Sequence[str],
    rows: Iterable[Row],
    *,
    most: int = MOST_ROWS,
) -> StreamingHttpResponse:
    """At most `most` rows as the file `name`.csv, and the export as an event. Where there are more
    rows, the last line says so. Whether the person may see them is for the caller to check."""
    lines = chain([_line(header)], _bounded(iter(rows), most))
    return download(request, name, "csv", "text/csv; charset=utf-8", lines)


def download(
    request: HttpRequest, name: str, ending: str, content_type: str, texts: Iterable[str]
) -> StreamingHttpResponse:
    """Pieces of text as a file that the browser saves, sent as they are made; and the event."""
    filters = sorted(name for name, value in request.GET.items() if value)
    debug = {"list": name, "format": ending, "filters": ", ".join(filters) or None}
    record(Entry(EXPORTED, actor_of(request), (Target(name, "List"),), debug=debug))
    pieces = ("".join(some).encode() for some in _grouped(texts))
    # Under ASGI Django would gather a plain iterator before it sends anything.
    content: Any = _in_turn(pieces) if isinstance(request, ASGIRequest) else pieces
    response = StreamingHttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    response["Cache-Control"] = "no-store"
    return response


def in_chunks(rows: QuerySet[Any], place: str = "pk") -> Iterator[Any]:
    """All rows in the order of a unique column, by short statements: no cursor stays open while
    somebody's connection is slow."""
    beyond = rows.order_by(place)
    while found := list(beyond[:ROWS_AT_ONCE]):
        yield from found
        if len(found) < ROWS_AT_ONCE:
            return
        beyond = rows.order_by(place).filter(**{f"{place}__gt": getattr(found[-1], place)})


def safe_cell(value: object) -> str:
    """A value as text that no spreadsheet runs: the apostrophe is its sign for text (row 288)."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return str(value)
    words = str(value).replace("\0", "")
    return f"'{words}" if words.startswith(RUNS) else words


class _Echo:
    """What is written comes back."""

    def write(self, words: str) -> str:
        """The line."""
        return words


def _line(cells: Iterable[object]) -> str:
    """Everything is quoted, so that a spreadsheet which splits at `;` finds no other cells."""
    line: str = csv.writer(_Echo(), quoting=csv.QUOTE_ALL).writerow([safe_cell(c) for c in cells])
    return line


def _bounded(rows: Iterator[Row], most: int) -> Iterator[str]:
    yield from map(_line, islice(rows, most))
    if next(rows, None) is not None:
        cut = _("Cut after %(number)s rows: there are more. Narrow the filters to get them.")
        yield _line([cut % {"number": f"{most:,}"}])


def _grouped(texts: Iterable[str]) -> Iterator[Sequence[str]]:
    left = iter(texts)
    while some := list(islice(left, ROWS_AT_ONCE)):
        yield some


async def _in_turn(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Each piece is made in the request's thread, where its database connection is."""
    following = sync_to_async(lambda: next(pieces, None))
    while (piece := await following()) is not None:
        yield piece
