"""Policy tests stand behind every change of a server's policies, rules and scopes: what makes a
test fail that passed before is taken back.

What a test is, and how one is judged, is for the apps above, which install the judge at start. It
is asked once before the first change of a server and once at the end, however many services make
up the change; a server without tests costs one look-up.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Final, Protocol, TypeVar, cast

from django.db import transaction

from apps.servers.services.rows import lock_server
from apps.systemlog.entries import SYSTEM, Actor, Entry
from apps.systemlog.record import record
from authzsite.domain.validation import Invalid, InvalidError

EVENT: Final = "policy.test.override"
Service = TypeVar("Service", bound=Callable[..., Any])


class Judge(Protocol):
    """Whoever knows policy tests."""

    def has_tests(self, server_id: str) -> bool:
        """Whether the server has any."""
        ...

    def verdicts(self, server_id: str) -> Mapping[str, str]:
        """Of each test of the server, by its id, why it fails; empty for one that passes. Judged by
        the rows as they are in this transaction."""
        ...


class PolicyTestsFail(InvalidError):
    """The change would make policy tests fail; `failures` says which, and why."""

    def __init__(self, failures: list[str]) -> None:
        super().__init__(*(Invalid("policy tests", f"would fail: {one}") for one in failures))
        self.failures = tuple(failures)


@dataclass(slots=True)
class _Watch:
    """The servers that a change has touched, with the tests of each that passed before."""

    passing: dict[str, frozenset[str]] = field(default_factory=dict)
    actor: Actor = SYSTEM


_judges: list[Judge] = []
_watch: ContextVar[_Watch | None] = ContextVar("policy_tests_watch", default=None)
_is_forced: ContextVar[bool] = ContextVar("policy_tests_forced", default=False)


def install(judge: Judge) -> None:
    """At start, by the app that knows policy tests."""
    _judges[:] = [judge]


@contextmanager
def forced() -> Iterator[None]:
    """Inside, a change is made whatever the tests say, and the log tells which it broke."""
    token = _is_forced.set(True)
    try:
        yield
    finally:
        _is_forced.reset(token)


@contextmanager
def whole_change() -> Iterator[None]:
    """One change of however many steps, in one transaction: tests are run at its end. Raises
    PolicyTestsFail, and then nothing has changed. Inside another one it is a step of that."""
    if _watch.get() is not None:
        with transaction.atomic():
            yield
        return
    watch = _Watch()
    token = _watch.set(watch)
    try:
        with transaction.atomic():
            yield
            _check(watch)
    finally:
        _watch.reset(token)


def broken_so_far() -> list[str]:
    """What the whole change has broken up to here: what its end would say."""
    watch = _watch.get()
    return _broken(watch) if watch is not None else []


def tested(service: Service) -> Service:
    """A service that changes what policies say of `server_id`; it runs in a transaction."""

    @wraps(service)
    def change(*, server_id: str, actor: Actor, **fields: Any) -> Any:
        with whole_change():
            _look_before(server_id, actor)
            return service(server_id=server_id, actor=actor, **fields)

    return cast(Service, change)


def _look_before(server_id: str, actor: Actor) -> None:
    """The first change of a server: under its lock, so that no other one comes between."""
    watch = _watch.get()
    if watch is None or server_id in watch.passing or not _judges:
        return
    watch.actor = actor
    if not _judges[0].has_tests(server_id):
        return
    lock_server(server_id)
    found = _judges[0].verdicts(server_id)
    watch.passing[server_id] = frozenset(ident for ident, why in found.items() if not why)


def _check(watch: _Watch) -> None:
    failures = _broken(watch)
    if failures and not _is_forced.get():
        raise PolicyTestsFail(failures)
    if failures:
        servers = sorted(watch.passing)
        entry = Entry(EVENT, watch.actor, server_id=servers[0], debug={"failingTests": failures})
        record(entry)


def _broken(watch: _Watch) -> list[str]:
    return [
        why
        for server_id, passing in watch.passing.items()
        for ident, why in _judges[0].verdicts(server_id).items()
        if why and ident in passing
    ]
