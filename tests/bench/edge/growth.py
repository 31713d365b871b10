"""`make bench-growth`: the same operations with 1,000, 100,000 and 10,000,000 tokens in the tables
(half of them grants with refresh tokens, half opaque access tokens) and up to a million events in
the log; each size in a database of its own.

The sizes are measured in turn, and again, so that an hour in which the machine is slow doesn't fall
on one of them. GROWTH_TOKENS=1000,100000,10000000, GROWTH_ROUNDS=3, BENCH_SECONDS and BENCH=quick.
"""

import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Final

from tests.bench.edge import machine
from tests.bench.edge.__main__ import MOST, bounded, missing, note, say
from tests.bench.edge.installations import Ours, Stores, new_ours, ours, seed, stores
from tests.bench.edge.measure import Bench, Measured
from tests.bench.edge.plan import Plan
from tests.bench.edge.subject import OPERATIONS, Need
from tests.bench.tables import table

TOKENS: Final = tuple(map(int, os.environ.get("GROWTH_TOKENS", "1000,100000,10000000").split(",")))
ROUNDS: Final = int(os.environ.get("GROWTH_ROUNDS", "3"))
MINUTES: Final = int(os.environ.get("BENCH_MINUTES", "180"))
EVENTS: Final = 1_000_000
CONNECTIONS: Final = 32
ASKED: Final = 100_000  # tokens that are introspected: so many that most aren't asked for twice
FLAT: Final = 0.2


def main() -> int:
    """Set up, measure, print; non-zero when it isn't flat."""
    with bounded(MINUTES), tempfile.TemporaryDirectory(prefix="authzsite-growth-") as made:
        if problem := missing():
            say(problem)
            return 1
        plan = replace(Plan.of_environment(), connections=(CONNECTIONS,), counting=0)
        say(f"{machine.describe()}\n\n{machine.speed()}")
        with stores(Path(made)) as storage:
            sizes = {tokens: grown(storage, tokens) for tokens in TOKENS}
            found: list[Measured] = []
            for _ in range(ROUNDS):
                for tokens, installation in sizes.items():
                    found += measured(storage, plan, tokens, installation)
        rows, is_flat = compared(found)
        heads = ["requests a second at 32, tokens:", *(f"{n:,}" for n in TOKENS), "largest:first"]
        say(table(heads, rows))
        say(machine.speed())
    return 0 if is_flat else 1


def grown(storage: Stores, tokens: int) -> Ours:
    """An installation whose tables hold so many."""
    began = time.monotonic()
    url = storage.database(f"growth{tokens}")
    made = new_ours(storage, f"growth{tokens}", edge="pipelined", url=url)
    made.seed(Need(1, 1, 1))
    events = min(tokens, EVENTS)
    seed(
        [sys.executable, "-m", "tests.bench.edge.filling", str(tokens), str(events)],
        made.environment(),
    )
    note(f"{tokens:,} tokens, {events:,} events, made in {time.monotonic() - began:.0f} s")
    return made


def measured(storage: Stores, plan: Plan, tokens: int, installation: Ours) -> list[Measured]:
    """One round of one size, with fresh tokens to spend, which are spread over the whole index."""
    need = plan.need(MOST["pipelined"])
    installation.seed(replace(need, introspect=min(ASKED, max(500, tokens))))
    with ours(storage, str(tokens), installation, most=MOST["pipelined"]) as subject:
        found = []
        for one in Bench(subject, plan, storage.folder).run():
            note(f"  {tokens:,}, {one.operation}: {one.rate:,.0f}/s, {one.cpu:.2f} ms")
            found.append(one)
    return found


def compared(found: Sequence[Measured]) -> tuple[list[list[str]], bool]:
    """Medians of the rounds with the processor time beside, and whether the processor time of all
    sizes lies within the limit; the rate follows the machine, too."""
    rows, is_flat = [], True
    for operation in OPERATIONS:
        cells, costs = [], []
        for tokens in TOKENS:
            own = [one for one in found if (one.subject, one.operation) == (str(tokens), operation)]
            rate, cost = median(one.rate for one in own), median(one.cpu for one in own)
            p99, failures = median(one.p99 for one in own), sum(one.failures for one in own)
            cells.append(f"{rate:,.0f} ({cost:.2f} ms CPU, p99 {p99:.0f} ms, {failures} failed)")
            costs.append(cost)
        ratio = costs[-1] / costs[0]
        is_flat &= ratio <= 1 + FLAT
        rows.append([operation, *cells, f"{ratio:.2f} CPU"])
    return rows, is_flat


if __name__ == "__main__":
    sys.exit(main())
