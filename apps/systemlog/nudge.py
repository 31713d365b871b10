"""Telling a worker to look now. Only a hint: what is to be done is a row, and beat looks anyway.

So a broker that is down, hung or full costs a request half a second at most, and after that, for a
while, nothing: the breaker is open (F9, F10).
"""

import logging
import time
from threading import Lock
from typing import Any, Final

logger = logging.getLogger(__name__)
OPEN_SECONDS: Final = 10.0
EXPIRES_SECONDS: Final = 300  # nobody needs an older hint: rows have been looked at since


class Breaker:
    """Closed, or open until some seconds after a failure; then one may try. Across threads."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._lock = Lock()
        self._closed_from = 0.0  # by the monotonic clock

    def may_try(self) -> bool:
        """Whether this caller may try. Who may, when the time of being open is over, is alone."""
        now = time.monotonic()
        with self._lock:
            if now < self._closed_from:
                return False
            if self._closed_from:
                self._closed_from = now + self.seconds
            return True

    def succeeded(self) -> None:
        """Closed for everyone."""
        with self._lock:
            self._closed_from = 0.0

    def failed(self) -> bool:
        """Open; whether it was closed before."""
        with self._lock:
            was_closed = not self._closed_from
            self._closed_from = time.monotonic() + self.seconds
            return was_closed


breaker: Final = Breaker(OPEN_SECONDS)


def nudge(task: str, *args: Any) -> bool:
    """Send a task by its name; whether the broker took it. Never raises: a COMMIT has gone
    before."""
    from celery import current_app

    if not breaker.may_try():
        return False
    try:
        current_app.send_task(task, args=list(args), expires=EXPIRES_SECONDS)
    except Exception as error:
        if breaker.failed():
            logger.error(  # noqa: TRY400 - the traceback of a broker that is down says nothing
                "The broker doesn't take messages (%s). Nothing is lost: beat offers open jobs.",
                type(error).__name__,
            )
        return False
    breaker.succeeded()
    return True
