"""Deliveries that nobody will ask for again leave, in bounded batches."""

import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

from apps.management.hooks import outbox
from apps.systemlog.jobs import Progress

PAUSE_SECONDS: Final = 0.02  # between batches, for everyone else


def forget_deliveries(progress: Progress, now: datetime) -> bool:
    """Delete delivered and dead rows whose time is over, and those of deleted hooks; True when
    there is more to do than one run may take."""
    kinds: tuple[Callable[[], int], ...] = (
        partial(outbox.forget_settled, now),
        outbox.forget_orphans,
    )
    for forget in kinds:
        while count := forget():
            progress.report(rows=count, table="deliveries")
            if progress.is_over_time():
                return True
            time.sleep(PAUSE_SECONDS)
    return False
