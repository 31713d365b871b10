"""Sweeps: rows that nothing will ask for again leave, in bounded batches (R14).

Correctness never depends on them: what has expired is refused by arithmetic.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.contrib.sessions.models import Session
from django.db.models import Model

from apps.servers.services import drop_retired_keys, rotate_due_keys
from apps.systemlog.jobs import Progress
from apps.tokens.families import SWEEP_MARGIN
from apps.tokens.models import AccessToken, Grant, RevokedToken, UsedAssertion
from authzsite.domain.limits import SWEEP_BATCH_ROWS

MAX_BATCHES: Final = 100  # of one table in one run; the next run goes on
PAUSE_SECONDS: Final = 0.02  # between batches, for everyone else


@dataclass(frozen=True, slots=True)
class Sweep:
    """Rows of `table` whose moment in `column` is over since `margin`."""

    name: str
    table: type[Model]
    column: str
    margin: timedelta = timedelta(0)


SWEEPS: Final = (
    Sweep("grants", Grant, "sweep_after"),
    Sweep("accessTokens", AccessToken, "expires_at", SWEEP_MARGIN),
    Sweep("revokedTokens", RevokedToken, "expires_at"),
    Sweep("usedAssertions", UsedAssertion, "expires_at"),
    Sweep("sessions", Session, "expire_date"),
)
KEY_WORK: Final[tuple[tuple[str, Callable[[datetime], int]], ...]] = (
    ("rotatedKeys", rotate_due_keys),
    ("droppedKeys", drop_retired_keys),
)


def sweep_expired(
    now: datetime, progress: Progress | None = None, *, batch: int = SWEEP_BATCH_ROWS
) -> dict[str, int]:
    """Delete what is over; how many rows of what."""
    return {sweep.name: _sweep(sweep, now, batch, progress) for sweep in SWEEPS}


def maintain_keys(now: datetime, progress: Progress | None = None) -> dict[str, int]:
    """Rotate the signing keys that are due, drop those that have served; how many."""
    counts = {}
    for name, work in KEY_WORK:
        counts[name] = work(now)
        if progress is not None:
            progress.report(rows=counts[name], table=name)
    return counts


def _sweep(sweep: Sweep, now: datetime, batch: int, progress: Progress | None) -> int:
    """Oldest first, each batch one statement and one transaction."""
    total = 0
    due = sweep.table._default_manager.filter(**{f"{sweep.column}__lte": now - sweep.margin})
    oldest = due.order_by(sweep.column).values("pk")[:batch]
    for _ in range(MAX_BATCHES):
        count, _ = sweep.table._default_manager.filter(pk__in=oldest).delete()
        total += count
        if progress is not None:
            progress.report(rows=count, table=sweep.name)
        if count < batch:
            break
        time.sleep(PAUSE_SECONDS)
    return total
