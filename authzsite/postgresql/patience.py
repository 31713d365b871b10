"""How long to wait for PostgreSQL, told by the edge: a request has a deadline, a task a limit per
statement. A backend that hangs can't enforce its own statement_timeout (F14)."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token

Limit = Callable[[], float]
AT_LEAST = 0.1  # seconds; a server that answers at once is heard even after the deadline

_limit: ContextVar[Limit | None] = ContextVar("database_patience", default=None)


def seconds_left() -> float | None:
    """How long the next wait may take; None for as long as it takes."""
    limit = _limit.get()
    return None if limit is None else max(limit(), AT_LEAST)


@contextmanager
def until(seconds: float) -> Iterator[None]:
    """All waits of the block together end within so many seconds from now."""
    deadline = time.monotonic() + seconds
    token = _limit.set(lambda: deadline - time.monotonic())
    try:
        yield
    finally:
        _limit.reset(token)


def each(seconds: float) -> "Token[Limit | None]":
    """From now on every single wait of this thread ends within so many seconds."""
    return _limit.set(lambda: seconds)


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """A single wait that has to be short, whatever else holds."""
    left = seconds_left()
    token = each(seconds if left is None else min(seconds, left))
    try:
        yield
    finally:
        _limit.reset(token)
