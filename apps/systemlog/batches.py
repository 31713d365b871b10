"""Deleting what is over without hurting anybody (design 5): short statements in the order of an
index, a pause between, one transaction each.

- A batch goes on where the last one ended, so that the index entries of deleted rows aren't walked
  again and again until a vacuum has removed them. The place outlives the run; once a day a run
  begins at the bottom, for what was locked or came late.
- On PostgreSQL a row that somebody holds is left alone: a sweep neither waits for a refresh nor
  lets one wait.
- The size follows the clock: a statement takes about `TARGET_SECONDS`.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Model

from apps.systemlog.jobs import Progress
from authzsite.domain.limits import SWEEP_BATCH_ROWS

FIRST_ROWS: Final = 500
LEAST_ROWS: Final = 50
TARGET_SECONDS: Final = 0.075
PAUSE_SECONDS: Final = 0.02  # at least, between two batches, for everyone else
COUNTED_ROWS: Final = 1000  # what is left is counted as far as this, and estimated beyond


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


def run_sweeps(sweeps: Sequence[Sweep], progress: Progress, now: datetime) -> bool:
    """Delete what is over at `now`, table by table. True when the time of the run is up before
    the end: the next one goes on there."""
    tables = [_Table(sweep, progress, now) for sweep in sweeps]
    total = _Total(progress, tables)
    return not all(table.sweep_all(total) for table in tables)


def cautious(now: datetime) -> datetime:
    """`now`, or the database's time when that is earlier: a clock of ours that has jumped ahead
    deletes nothing early (F24)."""
    if connection.vendor != "postgresql":
        return now
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return min(now, cursor.fetchone()[0])


class _Table:
    """One table in one run."""

    def __init__(self, sweep: Sweep, progress: Progress, now: datetime) -> None:
        self.sweep, self.progress = sweep, progress
        self.until = now - sweep.margin
        self.day = now.date().isoformat()
        day, _, place = progress.places.get(sweep.name, "").partition(" ")
        self.place: Any = place if day == self.day else None
        self.left = estimate(sweep, self.until, self.place)
        self.size = FIRST_ROWS

    def sweep_all(self, total: "_Total") -> bool:
        """Whether the end was reached in time."""
        for size, batch, seconds in self._batches():
            self.left = max(self.left - batch.seen, 0)
            is_last = batch.seen < size
            if not self.left and not is_last:
                self.left = estimate(self.sweep, self.until, self.place)
            if batch.seen:
                total.report(self, batch)
            if is_last:
                return True
            if self.progress.is_over_time():
                break
            time.sleep(max(PAUSE_SECONDS, seconds / 2))
        return False

    def _batches(self) -> Iterator[tuple[int, Batch, float]]:
        """Without end: how many rows were asked for, what came of it, and how long it took."""
        while True:
            size, began = self.size, time.monotonic()
            batch = delete_batch(self.sweep, self.until, self.place, size)
            seconds = time.monotonic() - began
            self.place = self.place if batch.place is None else batch.place
            self.size = next_size(size, seconds)
            yield size, batch, seconds


@dataclass(slots=True)
class _Total:
    """All tables of one run together, for the progress bar."""

    progress: Progress
    tables: Sequence[_Table]
    seen: int = field(default=0)

    def report(self, table: _Table, batch: Batch) -> None:
        """One batch more. What is left is an estimate."""
        self.seen += batch.seen
        left = sum(one.left for one in self.tables)
        self.progress.report(
            rows=batch.gone,
            table=table.sweep.name,
            left=left,
            progress=1000 * self.seen // (self.seen + left),
            place=f"{table.day} {table.place}",
        )


def next_size(size: int, seconds: float) -> int:
    """Rows of the next batch after one of `size` rows that took so long: at most twice as many."""
    wanted = int(size * min(2.0, TARGET_SECONDS / max(seconds, 0.001)))
    return min(max(wanted, LEAST_ROWS), SWEEP_BATCH_ROWS)


def delete_batch(sweep: Sweep, until: datetime, place: Any, size: int) -> Batch:
    """Delete what is over among the next `size` rows from `place` on (None: from the bottom), in
    one transaction."""
    params = _params(until, place) | {"size": size}
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(IN_INDEX_ORDER)
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
)


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
    """Rows still to be looked at: counted while they are few, else as the planner believes."""
    rows = f"SELECT 1 FROM {sweep.table} t WHERE {_range(sweep, place is not None)}"
    params = _params(until, place)
    with connection.cursor() as cursor:
        bounded = f"SELECT count(*) FROM ({rows} LIMIT {COUNTED_ROWS + 1}) AS found"
        cursor.execute(bounded, params)
        count = int(cursor.fetchone()[0])
        if count > COUNTED_ROWS and connection.vendor == "postgresql":
            cursor.execute(f"EXPLAIN (FORMAT JSON) {rows}", params)
            count = max(count, int(cursor.fetchone()[0][0]["Plan"]["Plan Rows"]))
    return count


def _range(sweep: Sweep, from_place: bool) -> str:
    """The rows from the place on; by moments, only those that are over."""
    parts = [f"t.{sweep.order} >= %(place)s"] if from_place else []
    if not sweep.is_over:
        parts.append(f"t.{sweep.order} <= %(until)s")
    return " AND ".join(parts) or "1 = 1"


def _params(until: datetime, place: Any) -> dict[str, Any]:
    return {"until": connection.ops.adapt_datetimefield_value(until), "place": place}
