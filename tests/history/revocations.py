"""What ends tokens, of all the kinds that there are, and how it is put back: resurrection would
show then."""

import heapq
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from django.db import DatabaseError, InterfaceError

from authzsite.domain.validation import InvalidError
from tests.history.hand import Hand
from tests.history.latch import Kill
from tests.history.operations import look
from tests.history.wire import Unknown

DWELL_SECONDS: Final = 0.12  # at most, from the acknowledgement until it is put back
AGAIN_SECONDS: Final = 0.5
LATE_SECONDS: Final = 1.5  # after the moment of something that ends by the clock
STORAGE: Final = (DatabaseError, InterfaceError)


class Refused(Exception):
    """It was refused, so it did nothing."""


@dataclass(frozen=True, slots=True)
class Revocation:
    """One way to end what stands on all of `things`. With `restore` it is a gate: while it lasts,
    nothing is granted. `moment` of CLOCK_MONOTONIC: it takes effect by the clock."""

    label: str
    things: frozenset[str]
    act: Callable[[], object]
    restore: Callable[[], object] | None = None
    moment: float = 0.0
    is_final: bool = False  # a gate that never opens again: the thing is gone

    @property
    def subject(self) -> str:
        """Only one at a time may change it."""
        return min(self.things)


@dataclass(order=True, slots=True)
class Due:
    """Something to put back."""

    moment: float
    number: int
    kill: Kill = field(compare=False)
    revocation: Revocation = field(compare=False)


class Restores:
    """What has to be put back, by whichever thread comes first; and what is being changed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._heap: list[Due] = []
        self._busy: set[str] = set()
        self._numbers = count()

    def take(self, subject: str) -> bool:
        """Whether nobody else is changing it."""
        with self._lock:
            if subject in self._busy:
                return False
            self._busy.add(subject)
            return True

    def release(self, subject: str) -> None:
        """Others may change it."""
        with self._lock:
            self._busy.discard(subject)

    def later(self, seconds: float, kill: Kill, revocation: Revocation) -> None:
        """Put it back then."""
        with self._lock:
            due = Due(time.monotonic() + seconds, next(self._numbers), kill, revocation)
            heapq.heappush(self._heap, due)

    def due(self, *, all_of_them: bool = False) -> Due | None:
        """The next whose time has come."""
        with self._lock:
            if self._heap and (all_of_them or self._heap[0].moment <= time.monotonic()):
                return heapq.heappop(self._heap)
        return None


def carry_out(hand: Hand, restores: Restores, revocation: Revocation) -> bool:
    """Look, revoke, look again at once; whether it was done (somebody may be at it already)."""
    if not restores.take(revocation.subject):
        return False
    for token in hand.pool.affected(revocation.things, 2):
        ask(hand, token)
    kill = begin(hand, revocation)
    try:
        revocation.act()
    except (Refused, InvalidError):
        hand.ledger.withdraw(kill)
        restores.release(revocation.subject)
        return True
    except (Unknown, *STORAGE):
        schedule(hand, restores, kill, revocation)  # it may have been done
        raise
    if revocation.moment:
        hand.ledger.end_timed(kill, revocation.moment)
    else:
        hand.ledger.end_kill(kill)
    schedule(hand, restores, kill, revocation)
    look_after(hand, revocation.things)
    return True


def begin(hand: Hand, revocation: Revocation) -> Kill:
    """Written down before it is asked for."""
    if revocation.moment:
        return hand.ledger.begin_timed(revocation.label, revocation.things, revocation.moment)
    is_gate = revocation.restore is not None or revocation.is_final
    return hand.ledger.begin_kill(revocation.label, revocation.things, is_gate=is_gate)


def schedule(hand: Hand, restores: Restores, kill: Kill, revocation: Revocation) -> None:
    """When it is put back; what isn't is free for others."""
    if revocation.restore is None:
        restores.release(revocation.subject)
        return
    dwell = hand.chance.random() * DWELL_SECONDS
    late = revocation.moment + LATE_SECONDS - time.monotonic() if revocation.moment else 0.0
    restores.later(dwell + max(late, 0.0), kill, revocation)


def look_after(hand: Hand, things: Iterable[str]) -> None:
    """At some of what has just ended, on the same connection; the others do the rest."""
    tokens = hand.pool.affected(things, 10)
    for token in tokens[:3]:
        ask(hand, token)
    hand.pool.suspects.extend(tokens[3:])


def ask(hand: Hand, token: object) -> None:
    """Look, whether there is an answer or not."""
    try:
        look(hand, token)  # type: ignore[arg-type]
    except Unknown:
        return


def put_back(hand: Hand, restores: Restores, *, all_of_them: bool = False) -> bool:
    """The next thing whose time has come; False when there is none."""
    due = restores.due(all_of_them=all_of_them)
    if due is None:
        return False
    assert due.revocation.restore is not None
    hand.ledger.begin_restore(due.kill)
    try:
        due.revocation.restore()
    except InvalidError:  # something else has to be put back first
        restores.later(AGAIN_SECONDS, due.kill, due.revocation)
        return True
    except STORAGE:
        restores.later(AGAIN_SECONDS, due.kill, due.revocation)
        raise
    hand.ledger.end_restore(due.kill)
    restores.release(due.revocation.subject)
    hand.pool.suspects.extend(hand.pool.affected(due.revocation.things, 12))
    return True
