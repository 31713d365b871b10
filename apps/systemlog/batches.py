"""One batch of rows that are over: a short statement in the order of an index, in a transaction of
its own. Which, how many and when is `sweeping`'s to say.

On PostgreSQL a row that somebody holds is left alone: a sweep neither waits for a refresh nor
lets one wait.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import OperationalError, connection, transaction
from django.db.models import Model

LIMIT_MILLISECONDS: Final = 150  # a statement that takes longer is ended, and tried with less
COUNTED_ROWS: Final = 1000  # what is left is counted as far as this, and believed beyond


@dataclass(frozen=True, slots=True)
class Sweep:
    """Rows of a table that go when the moment in the indexed `order` is over since `margin`.

    With `is_over`, an SQL condition on the row `t`, `order` (then the primary key) only says in
    which order all rows are looked at; `%(until)s` is now less `margin`. `name` is what the log
    and the console call the rows.
    """

    name: str
    table: str
    key: str
    order: str
    margin: timedelta = timedelta(0)
    is_over: str = ""


def expiring(name: str, model: type[Model], column: str, margin: timedelta = timedelta(0)) -> Sweep:
    """The sweep of a model by its column of moments."""
    meta = model._meta
    return Sweep(name, meta.db_table, _primary_key(model), column, margin)


def orphaned(name: str, model: type[Model], is_over: str, margin: timedelta) -> Sweep:
    """The sweep of rows whose time isn't in a column: all are looked at, once a day."""
    key = _primary_key(model)
    return Sweep(name, model._meta.db_table, key, key, margin, is_over)


def _primary_key(model: type[Model]) -> str:
    return str(model._meta.pk.column)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one statement did; `place` is the last value of `order` that it saw."""

    seen: int
    gone: int
    place: Any


def cautious(now: datetime) -> datetime:
    """`now`, or the database's time when that is earlier: a clock of ours that has jumped ahead
    deletes nothing early (F24)."""
    if connection.vendor != "postgresql":
        return now
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return min(now, cursor.fetchone()[0])


def is_cancelled(error: BaseException) -> bool:
    """Whether a statement was ended by its time limit."""
    return getattr(error.__cause__, "sqlstate", "") == QUERY_CANCELED


def delete_batch(
    sweep: Sweep,
    until: datetime,
    place: Any,
    size: int,
    is_limited: bool = False,
) -> Batch:
    """Delete what is over among the next `size` rows from `place` on (None: from the bottom), in
    one transaction. OperationalError when that takes longer than a limited statement may."""
    params = _params(until, place) | {"size": size}
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(IN_INDEX_ORDER)
            if is_limited:
                cursor.execute(LIMITED)
            cursor.execute(delete_statement(sweep, from_place=place is not None), params)
            return Batch(*cursor.fetchone())
        look, delete = _sqlite_statements(sweep, from_place=place is not None)
        cursor.execute(look, params)
        seen, last = cursor.fetchone()
        cursor.execute(delete, params)
        return Batch(seen, cursor.rowcount, last)


# Whatever the planner's statistics say: they are wrong after a wave of deletions, and a sorted
# scan of the whole table is what must never happen.
IN_INDEX_ORDER: Final = (
    "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)"
    ", set_config('enable_sort', 'off', true), set_config('jit', 'off', true)"
    # A join that reads the other table's whole index, to delete a handful of rows.
    ", set_config('enable_mergejoin', 'off', true), set_config('enable_hashjoin', 'off', true)"
)
LIMITED: Final = f"SELECT set_config('statement_timeout', '{LIMIT_MILLISECONDS}', true)"
QUERY_CANCELED: Final = "57014"


def delete_statement(sweep: Sweep, *, from_place: bool) -> str:
    """One batch on PostgreSQL; answers with rows seen, rows deleted and the last place.

    By ctid: the rows are locked, so none can move, and no second look into an index is needed.
    """
    over = f"AND ({sweep.is_over})" if sweep.is_over else ""
    lock = "" if sweep.is_over else "FOR UPDATE SKIP LOCKED"
    return f"""
WITH seen AS MATERIALIZED (
    SELECT t.ctid AS row_place, t.{sweep.order} AS place FROM {sweep.table} t
    WHERE {_range(sweep, from_place)} ORDER BY t.{sweep.order} LIMIT %(size)s {lock}
), gone AS (
    DELETE FROM {sweep.table} t WHERE t.ctid = ANY(ARRAY(SELECT row_place FROM seen)) {over}
    RETURNING 1
)
SELECT (SELECT count(*) FROM seen), (SELECT count(*) FROM gone), (SELECT max(place)::text FROM seen)
"""


def _sqlite_statements(sweep: Sweep, *, from_place: bool) -> tuple[str, str]:
    """Look, then delete: nobody else writes in between."""
    over = f"AND ({sweep.is_over})" if sweep.is_over else ""
    order, table = f"t.{sweep.order}", f"FROM {sweep.table} AS t"
    rows = f"{table} WHERE {_range(sweep, from_place)} ORDER BY {order} LIMIT %(size)s"
    look = f"SELECT count(*), max(place) FROM (SELECT {order} AS place {rows})"
    key = f"t.{sweep.key}"
    return look, f"DELETE {table} WHERE {key} IN (SELECT {key} {rows}) {over}"


def estimate(sweep: Sweep, until: datetime, place: Any) -> int:
    """Rows still to be looked at: as the planner believes, counted where they are few."""
    rows = f"SELECT 1 FROM {sweep.table} t WHERE {_range(sweep, place is not None)}"
    params = _params(until, place)
    believed = 0
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {rows}", params)
            believed = int(cursor.fetchone()[0][0]["Plan"]["Plan Rows"])
    if believed > COUNTED_ROWS:
        return believed
    count = _count(f"SELECT count(*) FROM ({rows} LIMIT {COUNTED_ROWS + 1}) AS found", params)
    return believed if count is None else count


def _count(query: str, params: dict[str, Any]) -> int | None:
    """What the query counts; None when that takes too long."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(LIMITED)
            cursor.execute(query, params)
            return int(cursor.fetchone()[0])
    except OperationalError as error:
        if not is_cancelled(error):
            raise
        return None


def _range(sweep: Sweep, from_place: bool) -> str:
    """The rows from the place on; by moments, only those that are over."""
    parts = [f"t.{sweep.order} >= %(place)s"] if from_place else []
    if not sweep.is_over:
        parts.append(f"t.{sweep.order} <= %(until)s")
    return " AND ".join(parts) or "1 = 1"


def _params(until: datetime, place: Any) -> dict[str, Any]:
    return {"until": connection.ops.adapt_datetimefield_value(until), "place": place}
