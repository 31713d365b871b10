"""Which revocation concerns which token, worked out from the world's plan and never from the
product's rows; and the verdict over every token at each look at it.

A token stands on *things* ("client:0oa…", "member:00u…:00g…"), each since the operation that
decided about it: its *births*. A revocation names the things that a token must all have to die.
What was born while a revocation ran may be before or after it: then it may be the cause of a
death, but needn't be one.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import count
from math import inf
from typing import Final

from tests.history.checker import Bounds, Kind, Operation, expiry

FORGET_SECONDS: Final = 120.0  # after that no request can be under way any more
CONFIG: Final = ("policy:", "rule:", "scope:")  # taken as they are at the exchange (R17)


@dataclass(frozen=True, slots=True)
class Interval:
    """From when to when something was under way."""

    start: float
    end: float


class Reach(Enum):
    """Whether a revocation ends a token."""

    NO = 0
    MAYBE = 1
    SURE = 2


@dataclass(slots=True, eq=False)
class Kill:
    """One revocation. `is_gate`: nothing new is granted until `restored` begins."""

    label: str
    things: frozenset[str]
    start: float
    end: float = inf  # of the acknowledgement
    is_gate: bool = False
    restore_start: float = inf
    restore_end: float = inf

    @property
    def is_over(self) -> bool:
        return self.end < inf and (not self.is_gate or self.restore_end < inf)


@dataclass(slots=True, eq=False)
class Token:
    """A code, access token or refresh token that was granted, with what was seen of it."""

    kind: str
    text: str = field(repr=False)
    births: Mapping[str, Interval]
    issued: Interval
    expires: Interval | None = None
    owner: object = None
    lapsed: frozenset[str] = frozenset()  # config that may have been gone at the exchange
    by_code: bool = False  # for these a gate on config is no refusal (R11)
    bounds: Bounds = field(default_factory=Bounds)
    looks: list[str] = field(default_factory=list)

    def note(self, kind: Kind, start: float, end: float) -> None:
        """Something that was seen."""
        self.bounds.add(Operation(kind, start, end))
        self.looks = [*self.looks[-11:], f"{kind} {start:.4f}…{end:.4f}"]

    def has(self, things: Iterable[str]) -> bool:
        """Whether it stands on all of them."""
        return all(thing in self.births for thing in things)


def reach(kill: Kill, token: Token) -> Reach:
    """Whether a kill ends a token that has all its things."""
    births = [token.births[thing] for thing in kill.things]
    first, last = min(b.start for b in births), max(b.end for b in births)
    if kill.end == inf:
        return Reach.MAYBE
    is_config = any(thing.startswith(CONFIG) for thing in kill.things)
    is_denied = kill.is_gate and not (is_config and token.by_code)
    # Granted before the gate opened again: so the grant was before the kill, or is a fault itself.
    is_sure = kill.start > last or (is_denied and kill.restore_start >= last)
    if is_sure:
        return Reach.MAYBE if token.lapsed.intersection(kill.things) else Reach.SURE
    return Reach.NO if kill.end < first else Reach.MAYBE


class Ledger:
    """Everything that is known, for all threads. Moments are taken under the lock, so that what
    is written down first was first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kills: dict[str, list[Kill]] = defaultdict(list)  # by one of their things
        self._serial = count(1)
        self.faults: list[str] = []
        self.kills: dict[str, int] = defaultdict(int)
        self.granted: dict[str, int] = defaultdict(int)
        self.looks: dict[str, int] = defaultdict(int)
        self.stillborn: set[str] = set()  # digests: born while something that ends them ran

    def serial(self) -> int:
        """A number for something."""
        return next(self._serial)

    def begin_kill(self, label: str, things: Iterable[str], *, is_gate: bool = False) -> Kill:
        """Before it is asked for: a death from now on has a cause."""
        with self._lock:
            kill = Kill(label, frozenset(things), time.monotonic(), is_gate=is_gate)
            self._kills[min(kill.things)].append(kill)
            self.kills[label] += 1
            return kill

    def end_kill(self, kill: Kill) -> None:
        """It was acknowledged."""
        with self._lock:
            kill.end = time.monotonic()

    def begin_restore(self, kill: Kill) -> None:
        """Before the first try to open the gate again."""
        with self._lock:
            kill.restore_start = min(kill.restore_start, time.monotonic())

    def end_restore(self, kill: Kill) -> None:
        """The gate is open."""
        with self._lock:
            kill.restore_end = time.monotonic()

    def withdraw(self, kill: Kill) -> None:
        """It was refused, so it did nothing."""
        with self._lock:
            self._kills[min(kill.things)].remove(kill)

    def is_suspect(self, token: Token) -> bool:
        """Whether something that ends it was under way when it was born."""
        with self._lock:
            return any(True for _ in self.concerning(token))

    def begin_timed(self, label: str, things: Iterable[str], moment: float) -> Kill:
        """Something that ends by the clock at a moment that is written down now, give or take a
        second."""
        with self._lock:
            kill = Kill(label, frozenset(things), expiry(moment, moment).start, is_gate=True)
            self._kills[min(kill.things)].append(kill)
            self.kills[label] += 1
            return kill

    def end_timed(self, kill: Kill, moment: float) -> None:
        """It was written down: it has ended then, or now."""
        with self._lock:
            kill.end = max(expiry(moment, moment).end, time.monotonic())

    def add(self, token: Token) -> Token:
        """A token that was just granted."""
        with self._lock:
            self.granted[token.kind] += 1
            if token.by_code:
                token.lapsed |= frozenset(
                    thing
                    for thing, birth in token.births.items()
                    if thing.startswith(CONFIG) and self._gaps(thing, birth)
                )
        if token.expires is not None:
            token.bounds.add(expiry(token.expires.start, token.expires.end))
        return self.observe(token, True, token.issued)

    def _gaps(self, thing: str, when: Interval) -> bool:
        """Whether the thing was, or may have been, closed at some time of the interval."""
        return any(
            kill.is_gate and kill.start <= when.end and kill.restore_end >= when.start
            for kill in self._kills.get(thing, ())
        )

    def observe(self, token: Token, is_active: bool, when: Interval) -> Token:
        """An answer about the token; a fault is noted at once."""
        with self._lock:
            kind = Kind.ACTIVE if is_active else Kind.INACTIVE
            token.note(kind, when.start, when.end)
            self.looks[kind] += 1
            fault = self.judge(token)
            if fault:
                self.faults.append(fault)
        return token

    def refuse(self, what: str, things: Iterable[str], when: Interval) -> None:
        """Something was not granted: one of its things has to be closed, or it is a fault (I2)."""
        with self._lock:
            if not any(self._gaps(thing, when) for thing in things):
                self.faults.append(f"refused without a cause: {what}")

    def fail(self, what: str) -> None:
        """An answer that nothing explains."""
        with self._lock:
            self.faults.append(what)

    def concerning(self, token: Token) -> Iterator[tuple[Kill, Reach]]:
        """The kills that reach a token."""
        for thing in token.births:
            for kill in self._kills.get(thing, ()):
                if token.has(kill.things) and (found := reach(kill, token)) is not Reach.NO:
                    yield kill, found

    def judge(self, token: Token) -> str:
        """The fault in what is known of the token, "" for none."""
        bounds = replace(token.bounds)
        for kill, found in self.concerning(token):
            end = kill.end if found is Reach.SURE else inf
            bounds.add(Operation(Kind.REVOKE, kill.start, end))
        return self._words(token, bounds) if bounds.fault else ""

    def _words(self, token: Token, bounds: Bounds) -> str:
        lines = [f"{token.kind} token {bounds.fault} (active {bounds.active:.4f},"]
        lines[0] += f" cause {bounds.cause:.4f}, dead {bounds.dead:.4f})"
        lines.append(f"  issued {token.issued.start:.4f}…{token.issued.end:.4f}")
        lines += [f"  {look}" for look in token.looks]
        for kill, found in list(self.concerning(token))[-8:]:
            lines.append(
                f"  {found.name} {kill.label} {sorted(kill.things)} {kill.start:.4f}…{kill.end:.4f}"
                f" restored {kill.restore_start:.4f}…{kill.restore_end:.4f}"
            )
        return "\n".join(lines)

    def forget(self, tokens: Iterable[Token]) -> None:
        """Fold kills that are long over into the tokens that are still looked at: memory stays
        bounded however long the history is."""
        horizon = time.monotonic() - FORGET_SECONDS
        with self._lock:
            old = {k for kills in self._kills.values() for k in kills if _is_old(k, horizon)}
            for token in tokens:
                for kill, found in list(self.concerning(token)):
                    if kill in old:
                        end = kill.end if found is Reach.SURE else inf
                        token.bounds.add(Operation(Kind.REVOKE, kill.start, end))
            for thing, kills in list(self._kills.items()):
                self._kills[thing] = [kill for kill in kills if kill not in old]
                if not self._kills[thing]:
                    del self._kills[thing]


def _is_old(kill: Kill, horizon: float) -> bool:
    last = max(kill.end, kill.restore_end) if kill.is_gate else kill.end
    return last < horizon if kill.is_over else kill.start < horizon - FORGET_SECONDS
