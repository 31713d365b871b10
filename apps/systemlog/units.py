"""Whole units of work: what the database gave up, in favour of another one, is done again from its
beginning, never from its middle (F17)."""

import logging
import random
import time
from collections.abc import Callable
from typing import Final, TypeVar

from django.db import DatabaseError, connection

logger = logging.getLogger(__name__)
T = TypeVar("T")
RETRIES: Final = 3
GIVEN_UP: Final = frozenset({"40001", "40P01"})  # serialization failure, deadlock
WAITED_TOO_LONG: Final = "55P03"  # for a lock: so many others wait for it, too
PAUSE_SECONDS: Final = 0.02


def retried(unit: Callable[[], T]) -> T:
    """What `unit`, which is one whole transaction, returns. Run again at most RETRIES times when
    the database rolled it back to let another one pass; any other error is raised at once."""
    for attempt in range(RETRIES):
        try:
            return unit()
        except DatabaseError as error:
            if connection.in_atomic_block or sqlstate(error) not in GIVEN_UP:
                raise
            logger.warning("A unit was given up by the database (%s); again", sqlstate(error))
        time.sleep(random.uniform(1, 2) * PAUSE_SECONDS * 2**attempt)  # noqa: S311 - no secret
    return unit()


def is_crowded(error: BaseException) -> bool:
    """Whether the database took nothing of a transaction because others change the same: to come
    back in a moment is all there is to do."""
    return sqlstate(error) in GIVEN_UP | {WAITED_TOO_LONG}


def sqlstate(error: BaseException) -> str:
    """The SQLSTATE of a database's error, empty when it has none."""
    return getattr(error.__cause__ or error, "sqlstate", None) or ""
