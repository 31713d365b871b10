"""The cache where Redis is configured: Redis, and the database while it doesn't answer.

What is in it are limits (sign-in attempts, used codes): they may get stricter when Redis fails,
never absent (F9 to F12). A Redis that hangs costs half a second once in a while, not each request.
"""

import logging
from collections.abc import Callable
from typing import Any, Final

from django.core.cache.backends.db import DatabaseCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import ConnectionError as RedisDown
from redis.exceptions import RedisError

from apps.systemlog.nudge import Breaker

logger = logging.getLogger(__name__)
TABLE: Final = "systemlog_cachedvalue"
OPEN_SECONDS: Final = 10.0
MAX_ENTRIES: Final = 100_000  # strangers choose keys; Redis has its own limit
METHODS: Final = (
    *("add", "get", "set", "touch", "delete", "incr", "has_key", "clear"),
    *("get_many", "set_many", "delete_many"),
)

breaker: Final = Breaker(OPEN_SECONDS)  # of all threads


class StrictRedisCache(RedisCache):
    """Redis alone, for who has a way of its own without: what fails raises RedisError."""


class SteadyRedisCache(StrictRedisCache):
    """Redis, else the database. Each looks after what was kept in it: a failure never makes
    anything true that wasn't, at worst it forgets."""

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self.redis = StrictRedisCache(server, params)
        rest = {name: value for name, value in params.items() if name != "OPTIONS"}
        self.database = DatabaseCache(TABLE, rest | {"OPTIONS": {"MAX_ENTRIES": MAX_ENTRIES}})


def _guarded(name: str) -> Callable[..., Any]:
    def call(self: StrictRedisCache, *args: Any, **kwargs: Any) -> Any:
        if not breaker.may_try():
            raise RedisDown("Redis hasn't answered lately")
        try:
            result = getattr(RedisCache, name)(self, *args, **kwargs)
        except (RedisError, OSError) as error:
            if breaker.failed():
                logger.error("Redis doesn't answer (%s): the database counts", type(error).__name__)  # noqa: TRY400
            raise
        except ValueError:  # of `incr`: there is no such key
            breaker.succeeded()
            raise
        breaker.succeeded()
        return result

    call.__name__ = name
    return call


def _steady(name: str) -> Callable[..., Any]:
    def call(self: SteadyRedisCache, *args: Any, **kwargs: Any) -> Any:
        try:
            return getattr(self.redis, name)(*args, **kwargs)
        except (RedisError, OSError):
            return getattr(self.database, name)(*args, **kwargs)

    call.__name__ = name
    return call


for _name in METHODS:
    setattr(StrictRedisCache, _name, _guarded(_name))
    setattr(SteadyRedisCache, _name, _steady(_name))
