"""Deleting what is over without hurting anybody (design 5): batch after batch, a pause between.

- A batch goes on where the last one ended, so that the index entries of deleted rows aren't walked
  again and again until a vacuum has removed them: minutes, after a million. The place outlives the
  run; once a day a run begins at the bottom, for what was locked or came late.
- The size follows the clock: a statement takes about `TARGET_SECONDS`, and is ended after
  `batches.LIMIT_MILLISECONDS`.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import DatabaseError, OperationalError

from apps.systemlog.batches import Batch, Sweep, delete_batch, estimate, is_cancelled
from apps.systemlog.jobs import Progress
from authzsite.domain.limits import SWEEP_BATCH_ROWS

logger = logging.getLogger(__name__)
FIRST_ROWS: Final = 200
LEAST_ROWS: Final = 50
TARGET_SECONDS: Final = 0.01  # what a token request may have to wait for, if it meets a batch
GROWTH: Final = 1.25  # of a batch, from one to the next
PAUSE_SECONDS: Final = 0.02  # at least, between two batches, for everyone else
PAUSE_SHARE: Final = 2  # pauses are at least so many times as long as the work
SEEN: Final = "seen"  # beside the places of the tables: rows looked at since the last full run


def run_sweeps(sweeps: Sequence[Sweep], progress: Progress, now: datetime) -> bool:
    """Delete what is over at `now`, table by table. True when the time of the run is up before
    the end: the next one goes on there. A table that fails doesn't keep the others from being
    swept; its error is raised at the end."""
    tables = [_Table(sweep, progress, now) for sweep in sweeps]
    total = _Total(progress, tables)
    failures: list[Exception] = []
    for table in tables:
        try:
            if not table.sweep_all(total):
                return True
        except DatabaseError as error:
            logger.warning("%s could not be swept", table.sweep.table)
            failures.append(error)
    if failures:
        raise failures[0]
    total.end()
    return False


class _Table:
    """One table in one run."""

    def __init__(self, sweep: Sweep, progress: Progress, now: datetime) -> None:
        self.sweep, self.progress, self.until = sweep, progress, now - sweep.margin
        self.day, _, stored = progress.places.get(sweep.name, "").partition(" ")
        self.stored: Any = stored or None
        self.today = now.date().isoformat()
        self.place: Any = self.stored if self.day == self.today else None
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
            time.sleep(max(PAUSE_SECONDS, seconds * PAUSE_SHARE))
        return False

    def _batches(self) -> Iterator[tuple[int, Batch, float]]:
        """Without end: how many rows were asked for, what came of it, and how long it took."""
        is_limited = True
        while True:
            size, began = self.size, time.monotonic()
            try:
                batch = delete_batch(self.sweep, self.until, self.place, size, is_limited)
            except OperationalError as error:
                if not is_cancelled(error):
                    raise
                is_limited = self._retreat()
                continue
            seconds, is_limited = time.monotonic() - began, True
            if self.place is None:
                self.day = self.today
            self.place = self.place if batch.place is None else batch.place
            self.size = next_size(size, seconds)
            yield size, batch, seconds

    def _retreat(self) -> bool:
        """After a statement that took too long: go on where the run before ended, if this was the
        way from the bottom, which is full of deleted rows then (the next run tries again), else
        with fewer rows. Whether the next statement is limited, too."""
        if self.place is None and self.stored is not None:
            self.place = self.stored
            return True
        is_smaller = self.size > LEAST_ROWS
        self.size = max(self.size // 4, LEAST_ROWS)
        return is_smaller


class _Total:
    """All tables together, over the runs that it takes, for the progress bar."""

    def __init__(self, progress: Progress, tables: Sequence[_Table]) -> None:
        self.progress, self.tables = progress, tables
        self.seen = int(progress.places.get(SEEN, "0"))

    def report(self, table: _Table, batch: Batch) -> None:
        """One batch more. What is left is an estimate."""
        self.seen += batch.seen
        self.progress.places[SEEN] = str(self.seen)
        left = sum(one.left for one in self.tables)
        self.progress.report(
            rows=batch.gone,
            table=table.sweep.name,
            left=left,
            progress=1000 * self.seen // (self.seen + left),
            place=f"{table.day} {table.place}",
        )

    def end(self) -> None:
        """The next run counts anew."""
        if self.progress.places.pop(SEEN, None):
            self.progress.report()


def next_size(size: int, seconds: float) -> int:
    """Rows of the next batch after one of `size` rows that took so long: fewer at once, more
    slowly."""
    wanted = int(size * min(GROWTH, TARGET_SECONDS / max(seconds, 0.001)))
    return min(max(wanted, LEAST_ROWS), SWEEP_BATCH_ROWS)
