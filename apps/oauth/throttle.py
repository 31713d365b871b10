"""Wrong client secrets are counted per client and source address (row 46).

Whoever guesses is answered 429 for the rest of the minute, even when the next guess is right; the
client itself, at another address, isn't locked out. A client id that doesn't exist is counted like
one that does, so the limit tells nobody which do.

A wrong guess is counted before its answer leaves; where checking takes long (argon2id), before
it is checked, so that parallel guesses can't overrun the limit. Each process counts for itself
and, where Redis is configured, all of them together: the larger number counts. Without its
answer every wrong guess counts once for each process, so a dead Redis makes the limit stricter,
never looser.
"""

import ipaddress
import logging
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

from authzsite.domain.errors import too_many_attempts
from authzsite.domain.tokens import digest

LIMIT: Final = 20
WINDOW_SECONDS: Final = 60
REMEMBERED: Final = 10_000  # keys per process; strangers choose them
logger = logging.getLogger(__name__)


class Counts:
    """Bounded counters of the present window, by key, safe across threads."""

    def __init__(self, size: int = REMEMBERED) -> None:
        self.size = size
        self._lock = threading.Lock()
        self._counts: OrderedDict[str, int] = OrderedDict()

    def get(self, key: str) -> int:
        """How many there were."""
        with self._lock:
            return self._counts.get(key, 0)

    def add(self, key: str, step: int, least: int) -> int:
        """Count `step` more, to `least` at least; the new number."""
        with self._lock:
            count = self._counts[key] = max(self._counts.get(key, 0) + step, least, 0)
            self._counts.move_to_end(key)
            while len(self._counts) > self.size:
                self._counts.popitem(last=False)
            return count

    def clear(self) -> None:
        """Forget all of them: for tests."""
        with self._lock:
            self._counts.clear()


counts: Final = Counts()


@dataclass(frozen=True, slots=True)
class Tries:
    """The tries at one client's secret from one source in one window."""

    key: str
    seconds_left: int

    def check(self) -> None:
        """Refuse when there were too many already: in memory, so that it costs nobody anything."""
        if counts.get(self.key) >= LIMIT:
            raise too_many_attempts(self.seconds_left)

    def count(self) -> None:
        """One wrong secret (or one that may be); refuse when it is one too many."""
        together = shared_count(self.key, 1)
        step = settings.WEB_PROCESSES if together is None else 1
        if counts.add(self.key, step, together or 0) > LIMIT:
            raise too_many_attempts(self.seconds_left)

    def forgive(self) -> None:
        """The one that was counted was right."""
        together = shared_count(self.key, -1)
        counts.add(self.key, -settings.WEB_PROCESSES if together is None else -1, 0)


def tries_at(client_id: str, address: str, now: datetime) -> Tries:
    """The tries at this client's secret from where the request comes from."""
    window, second = divmod(int(now.timestamp()), WINDOW_SECONDS)
    key = digest("throttle", f"{window} {_source(address)} {client_id}")
    return Tries(key, WINDOW_SECONDS - second)


def _source(address: str) -> str:
    """One IPv4 address, or the /64 that one IPv6 host can choose addresses in."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def shared_count(key: str, step: int) -> int | None:
    """The count of all processes after this step; None when Redis doesn't say. Without Redis a
    process is alone: Django's local cache is small, and strangers could flush it."""
    if not settings.REDIS_URL:
        return 0
    name = f"throttle:{key}"
    redis = getattr(cache, "redis", cache)  # alone: our own way without it writes nothing
    try:
        redis.add(name, 0, timeout=2 * WINDOW_SECONDS)
        return int(redis.incr(name, step))
    except (RedisError, OSError, ValueError) as error:
        logger.warning("wrong secrets are counted without Redis (%s)", type(error).__name__)
        return None
