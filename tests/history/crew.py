"""The clients of a run: what each thread does next, and what all of them did."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any, Final

from django.db import connection

from tests.history.grants import open_grant
from tests.history.hand import Hand
from tests.history.kinds import Chooser
from tests.history.ledger import Ledger
from tests.history.operations import get_client_token, look_around, refresh
from tests.history.pool import Pool
from tests.history.revocations import STORAGE, Restores, carry_out, put_back
from tests.history.wire import Unknown, Wire
from tests.history.world import make_world

DROPS: Final = 0.003  # share of requests that a client abandons, when that is wanted
REVOKING: Final = 0.06  # some of them find nothing to revoke; a twentieth is left
ROUTINE: Final[dict[Callable[[Hand], None], int]] = {
    look_around: 55,
    get_client_token: 20,
    open_grant: 12,
    refresh: 13,
}


class Crew:
    """All threads of a run, and what they share."""

    def __init__(self, ports: list[int], chance: Random, *, is_disturbed: bool) -> None:
        self.ledger, self.pool, self.restores = Ledger(), Pool(), Restores()
        self.chooser, self.stop = Chooser(), threading.Event()
        self.seconds = 0.0
        self.is_disturbed = is_disturbed
        self.unknown: Counter[str] = Counter()
        world = make_world()
        self.hands = [
            Hand(
                world,
                self.ledger,
                self.pool,
                Wire(ports[number % len(ports)]),
                Random(chance.random()),
                drops=DROPS if is_disturbed else 0.0,
            )
            for number in range(8)
        ]

    @property
    def operations(self) -> int:
        """Answered requests, and changes that were not requests."""
        answered = sum(hand.wire.requests - hand.wire.failures.get(0, 0) for hand in self.hands)
        return answered + sum(self.ledger.kills.values())

    def work(self, number: int) -> None:
        """One thread, until it is told to stop."""
        hand = self.hands[number]
        try:
            while not self.stop.is_set():
                self._step(hand)
        except BaseException as error:
            self.ledger.faults.append(f"{type(error).__name__}: {error}")
            self.stop.set()
            raise
        finally:
            hand.wire.hang_up()
            connection.close()

    def _step(self, hand: Hand) -> None:
        try:
            if put_back(hand, self.restores):
                return
            if hand.chance.random() < REVOKING:
                revocation = self.chooser.choose(hand)
                if revocation is not None:
                    carry_out(hand, self.restores, revocation)
                return
            action = hand.chance.choices(list(ROUTINE), list(ROUTINE.values()))[0]
            action(hand)
        except Unknown as unknown:
            self._fail(str(unknown), unknown.what, is_honest=unknown.status in (0, 503))
        except STORAGE as error:
            connection.close()
            self._fail(f"storage: {type(error).__name__}", str(error), is_honest=True)

    def _fail(self, what: str, detail: str, *, is_honest: bool) -> None:
        """Only who disturbs may expect it; and even then it has to be a 503 or no answer (I8)."""
        self.unknown[what] += 1
        if not is_honest or not self.is_disturbed:
            self.ledger.fail(f"{what}: {detail}")
        elif self.is_disturbed:
            time.sleep(0.05)

    def summary(self) -> dict[str, Any]:
        """For the report."""
        failures: Counter[str] = Counter()
        for hand in self.hands:
            failures.update({str(status): n for status, n in hand.wire.failures.items()})
        return {
            "operations": self.operations,
            "seconds": self.seconds,
            "faults": self.ledger.faults,
            "errors": self.ledger.errors,
            "failures": dict(failures),
            "revocations": dict(self.ledger.kills),
            "granted": dict(self.ledger.granted),
            "looks": dict(self.ledger.looks),
            "unknown": dict(self.unknown),
        }

    def line(self, seconds: float) -> str:
        """How far it is."""
        unknown = dict(self.unknown)
        revoked = sum(n for label, n in self.ledger.kills.items() if label != "superseded")
        return (
            f"{seconds:7.0f} s {self.operations:9d} operations, {revoked} revocations, "
            f"{len(self.ledger.faults)} faults, {len(self.ledger.errors)} errors, unknown {unknown}"
        )
