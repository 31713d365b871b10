"""Tokens and what ends them, worked out from the world's plan and never from the product's rows.

A token stands on *things* ("client:0oa…", "member:00u…:00g…"), each since the operation that
decided about it: its *births*. A kill names the things that a token must all have to die. What
was born while it ran may be before or after it: then it may be the cause of a death, but needn't
be one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from math import inf
from typing import Final

from tests.history.checker import Bounds, Kind, Operation

UNDER_WAY_SECONDS: Final = 60.0  # no request is longer under way
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
    is_withdrawn: bool = False

    @property
    def is_over(self) -> bool:
        """Nothing that is still to come changes what it means."""
        is_closed = self.is_gate and self.restore_end == inf
        return self.is_withdrawn or (self.end < inf and not is_closed)


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
    is_suspect: bool = False  # something that ends it was under way when it was born
    by_code: bool = False  # for these a gate on config is no refusal (R11)
    bounds: Bounds = field(default_factory=Bounds)
    seen: dict[str, int] = field(default_factory=dict)  # thing → kills that are in `bounds`
    looks: list[str] = field(default_factory=list)
    ended_by: list[Kill] = field(default_factory=list)

    def note(self, kind: Kind, start: float, end: float) -> None:
        """Something that was seen."""
        self.bounds.add(Operation(kind, start, end))
        self.looks = [*self.looks[-11:], f"{kind} {start:.4f}…{end:.4f}"]

    def has(self, things: Iterable[str]) -> bool:
        """Whether it stands on all of them."""
        return all(thing in self.births for thing in things)


def reach(kill: Kill, token: Token) -> Reach:
    """Whether a kill ends a token that has all its things."""
    if kill.is_withdrawn:
        return Reach.NO
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


@dataclass(slots=True)
class Line:
    """The kills of one thing in the order of their start; `gone` older ones are forgotten."""

    kills: list[Kill] = field(default_factory=list)
    gone: int = 0

    def since(self, moment: float) -> int:
        """The place of the first that may still have been under way then."""
        place = len(self.kills)
        while place and self.kills[place - 1].start > moment - UNDER_WAY_SECONDS:
            place -= 1
        return self.gone + place

    def forget(self, horizon: float) -> None:
        """Drop what began before."""
        old = 0
        while old < len(self.kills) and self.kills[old].start < horizon:
            old += 1
        del self.kills[:old]
        self.gone += old


def effect(kill: Kill, found: Reach) -> Operation:
    """What a kill that reaches a token means for it."""
    return Operation(Kind.REVOKE, kill.start, kill.end if found is Reach.SURE else inf)
