"""Counters in memory and in Redis, and what counts as one source."""

import ipaddress
import logging
import threading
from collections import OrderedDict
from functools import lru_cache
from typing import Final

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

REMEMBERED: Final = 10_000  # keys per process; strangers choose them
IPV4_BITS: Final = 24
IPV6_BITS: Final = 48
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


def shared_count(key: str, step: int, seconds: int = 60) -> int | None:
    """The count of all processes after this step, in a window of so many seconds; None when Redis
    doesn't say, 0 where there is none: Django's local cache is small, and strangers could flush
    it."""
    if not settings.REDIS_URL:
        return 0
    name = f"throttle:{key}"
    redis = getattr(cache, "redis", cache)  # alone: our own way without it writes nothing
    try:
        redis.add(name, 0, timeout=2 * seconds)
        return int(redis.incr(name, step))
    except (RedisError, OSError, ValueError) as error:
        logger.warning("guesses are counted without Redis (%s)", type(error).__name__)
        return None


@lru_cache(4096)  # it is asked for every client's request
def source_of(address: str) -> str:
    """The /24 or /48 that an address belongs to: what one attacker usually has."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    bits = IPV4_BITS if parsed.version == 4 else IPV6_BITS
    return str(ipaddress.ip_network((parsed, bits), strict=False))
