"""In which order events arrive for somebody who follows the log by id.

On PostgreSQL an id is taken before its transaction commits, so a lower id may appear after a higher
one. Whoever went past the gap would never see it. So nothing behind a gap is shown while somebody
is still writing, for at most the time below: a gap that a rolled back transaction left stays empty.
SQLite has one writer, so ids appear in their order.

Who is writing is the snapshot's to say, so that nobody who ends meanwhile is missed; of those,
only writers in other databases of the server are left out.
"""

from typing import Any, Final

from django.db import connection
from django.db.models import BigIntegerField, F, Func, Q
from django.db.models.lookups import LessThanOrEqual

GAP_SECONDS: Final = 10  # longer than any transaction that writes events
LAST_ID: Final = 2**63 - 1


class _BeforeGap(Func):
    """The id before the first fresh gap, or the last that there can be."""

    template = f"""COALESCE((
        SELECT min(seen.before) FROM (
            SELECT id, lag(id) OVER (ORDER BY id) AS before FROM systemlog_logevent
            WHERE published > now() - interval '{GAP_SECONDS} seconds'
        ) AS seen
        WHERE seen.id > seen.before + 1
        AND EXISTS (
            SELECT 1 FROM pg_snapshot_xip(pg_current_snapshot()) AS writer
            WHERE NOT EXISTS (
                SELECT 1 FROM pg_stat_activity AS one
                WHERE one.backend_xid = writer::xid AND one.datname <> current_database()
            )
        )
    ), {LAST_ID})"""  # noqa: S608 - made of constants
    arity = 0

    def __init__(self) -> None:
        super().__init__(output_field=BigIntegerField())


def arrived() -> Q:
    """Of `LogEvent`: those before which nothing can appear any more, judged by the statement's own
    snapshot."""
    before: Any = _BeforeGap()
    return Q(LessThanOrEqual(F("id"), before)) if connection.vendor == "postgresql" else Q()
