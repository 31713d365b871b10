"""One password per core is hashed at a time: 20 ms and 19 MiB each. A few wait, the rest is told to
come again, so that sign-ins never take the whole machine (row 320)."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.conf import settings

from apps.directory.attempts.take import TooManyError

WAITING: Final = 8  # beyond those at work
PATIENCE_SECONDS: Final = 2.0
AGAIN_SECONDS: Final = 2


class Turns:
    """So many at once, and so many waiting."""

    def __init__(self, at_once: int, waiting: int = WAITING) -> None:
        self._places = threading.BoundedSemaphore(at_once + waiting)
        self._cores = threading.BoundedSemaphore(at_once)

    @contextmanager
    def turn(self, patience: float = PATIENCE_SECONDS) -> Iterator[None]:
        """Wait for a core; TooManyError when too many wait already, or for too long."""
        if not self._places.acquire(blocking=False):
            raise TooManyError(AGAIN_SECONDS)
        try:
            if not self._cores.acquire(timeout=patience):
                raise TooManyError(AGAIN_SECONDS)
            try:
                yield
            finally:
                self._cores.release()
        finally:
            self._places.release()


def at_once() -> int:
    """This process's share of the cores; one at least."""
    return max((os.cpu_count() or 1) // settings.WEB_PROCESSES, 1)


turns: Final = Turns(at_once())


@contextmanager
def turn() -> Iterator[None]:
    """Hash a password inside of this."""
    with turns.turn():
        yield
