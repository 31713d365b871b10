"""Whose request is being served: the facts that every event of it shares (R25), kept in a
context variable."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from apps.systemlog.ids import new_reference


@dataclass(frozen=True, slots=True)
class RequestContext:
    """The request behind an event. `reference` is the transaction id that errors show (R25)."""

    reference: str = field(default_factory=new_reference)
    ip_address: str = ""
    user_agent: str = ""
    method: str = ""
    path: str = ""
    kind: str = "WEB"  # or JOB


_current: ContextVar[RequestContext | None] = ContextVar("request_context", default=None)


def current() -> RequestContext:
    """The context of this request or job; outside of any, a fresh JOB context."""
    return _current.get() or RequestContext(kind="JOB")


@contextmanager
def use(context: RequestContext) -> Iterator[RequestContext]:
    """Run a block under `context`."""
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)
