"""What all threads know of tokens and of what ended them, and the verdict at each look."""

import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count
from typing import Final

from tests.history.checker import Bounds, Kind, expiry
from tests.history.latch import CONFIG, Interval, Kill, Line, Reach, Token, effect, reach

FORGET_SECONDS: Final = 240.0  # what was never acknowledged counts as never acknowledged
OWN: Final = ("token:", "family:", "session:")  # things that many come after


class Ledger:
    """Everything that is known, for all threads. Moments are taken under the lock, so that what
    is written down first was first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lines: dict[str, Line] = defaultdict(Line)  # by one of a kill's things
        self._oldest = 0.0
        self._serial = count(1)
        self.faults: list[str] = []  # of tokens
        self.errors: list[str] = []  # answers that nothing explains
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
            self._lines[min(kill.things)].kills.append(kill)
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
            kill.is_withdrawn = True

    def begin_timed(self, label: str, things: Iterable[str], moment: float) -> Kill:
        """Something that ends by the clock at a moment that is written down now, give or take a
        second."""
        with self._lock:
            kill = Kill(label, frozenset(things), expiry(moment, moment).start, is_gate=True)
            self._lines[min(kill.things)].kills.append(kill)
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
            token.is_suspect = any(True for _ in self.concerning(token))
            if token.by_code:
                token.lapsed |= self._lapsed(token)
        if token.expires is not None:
            token.bounds.add(expiry(token.expires.start, token.expires.end))
        return self.observe(token, True, token.issued)

    def _lapsed(self, token: Token) -> frozenset[str]:
        """The config that may have been gone at its exchange; with its policy a rule is, too."""
        config = {thing: at for thing, at in token.births.items() if thing.startswith(CONFIG)}
        gone = {thing for thing, at in config.items() if self._gaps(thing, at)}
        if any(thing.startswith("policy:") for thing in gone):
            gone.update(thing for thing in config if thing.startswith("rule:"))
        return frozenset(gone)

    def _gaps(self, thing: str, when: Interval) -> bool:
        """Whether the thing was, or may have been, closed at some time of the interval."""
        return any(
            kill.is_gate
            and not kill.is_withdrawn
            and kill.start <= when.end
            and kill.restore_end >= when.start
            for kill in self._lines[thing].kills
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
            self.errors.append(what)

    def concerning(self, token: Token) -> Iterator[tuple[Kill, Reach]]:
        """The kills that reach a token and aren't in its bounds yet."""
        for thing, birth in token.births.items():
            line = self._lines.get(thing)
            if line is None:
                continue
            place = token.seen.get(thing)
            if place is None:
                place = token.seen[thing] = line.since(birth.start)
            for kill in line.kills[max(place - line.gone, 0) :]:
                if token.has(kill.things) and (found := reach(kill, token)) is not Reach.NO:
                    yield kill, found

    def judge(self, token: Token) -> str:
        """The fault in what is known of the token, "" for none."""
        bounds = replace(token.bounds)
        for kill, found in self.concerning(token):
            bounds.add(effect(kill, found))
        if bounds.fault:
            return self._words(token, bounds)
        self._fold(token)
        return ""

    def _fold(self, token: Token) -> None:
        """What can't change any more needn't be looked at again."""
        for thing in token.births:
            line = self._lines.get(thing)
            if line is None:
                continue
            place = max(token.seen.get(thing, 0), line.gone)
            for kill in line.kills[place - line.gone :]:
                if not (kill.is_over or kill.start < self._oldest):
                    break
                place += 1
                if token.has(kill.things) and (found := reach(kill, token)) is not Reach.NO:
                    token.bounds.add(effect(kill, found))
                    token.ended_by = [*token.ended_by[-5:], kill]
            token.seen[thing] = place

    def _words(self, token: Token, bounds: Bounds) -> str:
        lines = [f"{token.kind} token {bounds.fault} (active {bounds.active:.4f},"]
        lines[0] += f" cause {bounds.cause:.4f}, dead {bounds.dead:.4f})"
        lines.append(f"  issued {token.issued.start:.4f}…{token.issued.end:.4f}")
        lines += [f"  {look}" for look in token.looks]
        kills = [*((kill, reach(kill, token)) for kill in token.ended_by), *self.concerning(token)]
        for kill, found in kills[-10:]:
            lines.append(
                f"  {found.name} {kill.label} {sorted(kill.things)} {kill.start:.4f}…{kill.end:.4f}"
                f" restored {kill.restore_start:.4f}…{kill.restore_end:.4f}"
            )
        return "\n".join(lines)

    def forget(self, tokens: Iterable[Token]) -> None:
        """Put kills that are long over into the tokens that may be looked at again, then drop
        them: memory stays bounded however long the history is."""
        self._oldest = time.monotonic() - FORGET_SECONDS
        needed: set[str] = set()
        for token in tokens:
            needed.update(token.births)
            with self._lock:
                self.judge(token)
        with self._lock:
            for thing, line in list(self._lines.items()):
                line.forget(self._oldest)
                if not line.kills and thing not in needed and thing.startswith(OWN):
                    del self._lines[thing]
