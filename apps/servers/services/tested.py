"""Policy tests stand behind every change of a server's policies, rules and scopes: what makes a
test fail that passed before is taken back, or, where the server is set so, told.

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

from apps.servers.models import AuthorizationServer
from apps.servers.services.rows import lock_server, server_target
from apps.systemlog.entries import SYSTEM, Actor, Entry
from apps.systemlog.record import record
from authzsite.domain.validation import Invalid, InvalidError

EVENT: Final = "policy.test.override"
WARNING: Final = "policy.test.fail"
FAIL: Final = "policy_tests_fail"  # the reason of a refusal, in the log
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


class Failure(str):
    """Why a test fails, in words that begin with its name; and which one it is."""

    __slots__ = ("server_id", "test_id")
    server_id: str
    test_id: str

    @classmethod
    def of(cls, server_id: str, test_id: str, why: str) -> "Failure":
        """Of one test."""
        found = cls(why)
        found.server_id, found.test_id = server_id, test_id
        return found


class PolicyTestsFail(InvalidError):
    """The change would make policy tests fail; `failures` says which, and why."""

    def __init__(self, failures: list[Failure]) -> None:
        super().__init__(*(Invalid("policy tests", f"would fail: {one}") for one in failures))
        self.failures = tuple(failures)


@dataclass(slots=True)
class _Watch:
    """The servers that a change has touched, as they were, with the tests of each that passed
    before."""

    passing: dict[str, frozenset[str]] = field(default_factory=dict)
    servers: dict[str, AuthorizationServer] = field(default_factory=dict)
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


def broken_so_far() -> list[Failure]:
    """What the whole change has broken up to here and may not: what its end would say."""
    watch = _watch.get()
    if watch is None:
        return []
    return [why for pk, found in _broken(watch).items() if _blocks(watch, pk) for why in found]


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
    watch.servers[server_id] = lock_server(server_id)
    found = _judges[0].verdicts(server_id)
    watch.passing[server_id] = frozenset(ident for ident, why in found.items() if not why)


def _check(watch: _Watch) -> None:
    broken = _broken(watch)
    blocking = [pk for pk in broken if _blocks(watch, pk)]
    if blocking and not _is_forced.get():
        raise PolicyTestsFail([why for pk in blocking for why in broken[pk]])
    for pk, failures in broken.items():
        kind, target = EVENT if pk in blocking else WARNING, server_target(watch.servers[pk])
        debug = {"failingTests": [str(one) for one in failures]}
        record(Entry(kind, watch.actor, (target,), server_id=pk, debug=debug))


def _blocks(watch: _Watch, server_id: str) -> bool:
    """Whether the server's tests stop a change, as it was set before."""
    mode = watch.servers[server_id].policy_test_mode
    return mode != AuthorizationServer.PolicyTestMode.WARN


def _broken(watch: _Watch) -> dict[str, list[Failure]]:
    """By server, what fails now and passed before."""
    found = {
        server_id: [
            Failure.of(server_id, ident, why)
            for ident, why in _judges[0].verdicts(server_id).items()
            if why and ident in passing
        ]
        for server_id, passing in watch.passing.items()
    }
    return {server_id: failures for server_id, failures in found.items() if failures}
