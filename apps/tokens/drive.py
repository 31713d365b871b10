"""Runs a coroutine that never suspends, without an event loop: the DRF edge."""

from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def drive(coroutine: Coroutine[Any, Any, T]) -> T:
    """The coroutine's result, reached in one step; RuntimeError if it suspends after all."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    coroutine.close()
    raise RuntimeError("a step of the DRF edge suspended")
