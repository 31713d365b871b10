"""New events for somebody who looks at the list: those that arrived behind a place in the log.

The place is an id before which nothing can appear any more (`systemlog.arrival`), so that none is
missed, however its transaction overlapped with others.
"""

from typing import Final

from django.db.models import Max, QuerySet

from apps.systemlog.admin.tell import with_owner_names
from apps.systemlog.arrival import arrived
from apps.systemlog.models import LogEvent

MOST: Final = 50
BEHIND: Final = "beyond"


def last_arrived(beyond: int | None = None) -> int:
    """The last id before which nothing is missing; what was given where nothing has arrived."""
    rows = LogEvent.objects.filter(arrived())
    if beyond is None:
        return rows.order_by("-pk").values_list("pk", flat=True).first() or 0
    found = rows.filter(pk__gt=beyond).aggregate(last=Max("pk"))["last"]
    return int(found or beyond)


def arrived_since(
    events: QuerySet[LogEvent], beyond: int, until: int
) -> tuple[list[LogEvent], bool]:
    """The newest of `events` behind one place and up to the other, and whether there are more."""
    here = events.filter(pk__gt=beyond, pk__lte=until).order_by("-pk")
    found = with_owner_names(here[: MOST + 1])
    return found[:MOST], len(found) > MOST


def place_of(text: str) -> int | None:
    """The place of an address; None for anything that is none."""
    return int(text) if text.isdecimal() and len(text) < 19 else None
