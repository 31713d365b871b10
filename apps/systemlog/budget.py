"""A bound on rows that strangers cause, so that they can't fill the database (G5)."""

import threading
import time


class Budget:
    """At most so many rows a minute in this process."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._lock = threading.Lock()
        self._minute, self._used = 0, 0

    def take(self) -> bool:
        """Whether one more row may be written in this minute."""
        minute = int(time.monotonic() // 60)
        with self._lock:
            if minute != self._minute:
                self._minute, self._used = minute, 0
            self._used += 1
            return self._used <= self.per_minute
