"""How long and how much: `BENCH=quick` is done in two minutes."""

import os
from dataclasses import dataclass
from typing import Final

from tests.bench.edge.subject import Need, Subject

COUNTED: Final = 20  # requests one after the other whose statements are counted
ALONE: Final = 4_000  # requests a second that one connection surely stays below
SPARE: Final = 64


@dataclass(frozen=True, slots=True)
class Plan:
    """Seconds are those of one measurement; `warm` go before the first one of each operation, and
    `counting` are for statements under load."""

    connections: tuple[int, ...] = (1, 8, 32, 64)
    seconds: int = 10
    warm: int = 2
    counting: int = 2
    is_quick: bool = False

    @classmethod
    def of_environment(cls) -> "Plan":
        """BENCH=quick, BENCH_SECONDS, BENCH_CONNECTIONS=8,32."""
        is_quick = os.environ.get("BENCH") == "quick"
        plan = cls((32,), 2, 1, 0, is_quick=True) if is_quick else cls()
        given = os.environ.get("BENCH_CONNECTIONS", "")
        return cls(
            tuple(map(int, given.split(","))) if given else plan.connections,
            int(os.environ.get("BENCH_SECONDS", plan.seconds)),
            plan.warm,
            plan.counting,
            plan.is_quick,
        )

    def runs(self, connections: tuple[int, ...]) -> list[tuple[int, int]]:
        """Connections and seconds of everything that is sent for one operation, the request that
        checks it and those whose statements are counted apart."""
        most = max(connections)
        return [(most, self.warm), (most, self.counting), *((n, self.seconds) for n in connections)]

    def spent(self, most: int, connections: int, seconds: int) -> int:
        """Tokens that so many connections can use up in that time."""
        return min(most, ALONE if connections == 1 else most) * seconds + SPARE

    def need(self, most: int, connections: tuple[int, ...] | None = None) -> Need:
        """For a subject that stays below `most` requests a second."""
        runs = self.runs(connections or self.connections)
        revoke = sum(self.spent(most, *run) for run in runs) + COUNTED + SPARE
        refresh = sum(self.chains(n) for n, _ in runs) + COUNTED + SPARE
        return Need(refresh, revoke, most=most)

    def chains(self, connections: int) -> int:
        """Families for so many connections: an answer that is lost ends one."""
        return 2 * connections + SPARE

    def counts(self, subject: Subject) -> tuple[int, ...]:
        """The connections that this subject is measured at."""
        return tuple(subject.connections or self.connections)
