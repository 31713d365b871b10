"""`make bench`: PostgreSQL and Redis of its own, the real server by either edge and on either
database, the peers in the same run, and the tables.

`BENCH=quick` takes two minutes, `BENCH_SECONDS=10` and `BENCH_CONNECTIONS=1,8,32,64` say how long
and with how many, `BENCH_JSON=file` keeps the figures. It ends after BENCH_MINUTES (90) at last.
"""

import json
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final

from tests import services
from tests.bench.edge import generator, idle, machine, report
from tests.bench.edge.installations import Stores, new_ours, ours, stores, toolkit
from tests.bench.edge.measure import Bench, Measured
from tests.bench.edge.plan import Plan
from tests.bench.edge.provider import provider
from tests.bench.edge.subject import OPAQUE, Subject

Running = AbstractContextManager[Subject]
MINUTES: Final = int(os.environ.get("BENCH_MINUTES", "90"))
SLOW_CONNECTIONS: Final = (1, 8)  # enough for six requests a second
MOST: Final = {"node": 10_000, "toolkit": 1500, "drf": 5000, "pipelined": 10_000}


def main() -> int:
    """Set up, measure, print, and leave nothing behind, also when it is stopped."""
    with bounded(MINUTES), tempfile.TemporaryDirectory(prefix="authzsite-bench-") as made:
        folder = Path(made)
        if problem := missing():
            say(problem)
            return 1
        plan = Plan.of_environment()
        say(f"{machine.describe()}\n\n{machine.speed()}")
        say(machine.ceiling(folder, 1 if plan.is_quick else 5))
        with stores(folder) as storage:
            found = everything(storage, plan)
        for part in (report.measurements, report.ratios, report.targets):
            say(part(found))
        say(machine.speed())
        if os.environ.get("BENCH_JSON"):
            text = json.dumps([asdict(one) for one in found], indent=1)
            Path(os.environ["BENCH_JSON"]).write_text(text)
    return 0


@contextmanager
def bounded(minutes: int) -> Iterator[None]:
    """SIGTERM and the end of the time unwind everything: each process is ended by its id."""

    def stop(number: int, *_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGALRM, stop)
    signal.alarm(minutes * 60)
    try:
        yield
    finally:
        signal.alarm(0)


def missing() -> str:
    """What it can't do without."""
    there = {
        "wrk": generator.is_there(),
        "PostgreSQL": services.find_postgres(),
        "Redis": services.find_redis(),
        "Node.js with npm": services.find_node(),
    }
    names = [name for name, found in there.items() if not found]
    return f"Not installed: {', '.join(names)}; `make services` installs them." if names else ""


def everything(storage: Stores, plan: Plan) -> list[Measured]:
    """One subject after the other, so that each has the machine for itself."""
    found = []
    for running in subjects(storage, plan):
        with running as subject:
            note(f"{subject.title} ...")
            for one in Bench(subject, plan, storage.folder).run():
                note(f"  {one.operation}, {one.connections}: {one.rate:,.0f}/s, {one.cpu:.2f} ms")
                found.append(one)
            if subject.title == report.PIPELINED:
                say(str(idle.hold(subject, OPAQUE, storage.folder, plan.seconds)))
    return found


def subjects(storage: Stores, plan: Plan) -> Iterator[Running]:
    """Ours, then the peers; the quick run leaves out those that few will ask for."""
    for title, edge in ((report.PIPELINED, "pipelined"), (report.DRF, "wsgi")):
        made = new_ours(storage, edge, edge=edge, url=storage.database(edge))
        most = MOST["pipelined" if edge == "pipelined" else "drf"]
        made.seed(plan.need(most))
        yield ours(storage, title, made, most=most)
    yield provider(storage, report.NODE, storage.redis, plan.need(MOST["node"]))
    yield cheap_toolkit(storage, plan, report.TOOLKIT, storage.database("toolkit"))
    if plan.is_quick:
        return
    durable = storage.database("provider")
    yield provider(storage, report.NODE_DURABLE, durable, plan.need(MOST["node"]))
    made = new_ours(storage, "sqlite")
    made.seed(plan.need(MOST["drf"]))
    yield ours(storage, report.SQLITE, made, most=MOST["drf"])
    yield cheap_toolkit(storage, plan, report.TOOLKIT_SQLITE, "")
    yield slow_toolkit(storage, plan)


def cheap_toolkit(storage: Stores, plan: Plan, title: str, url: str) -> Running:
    """With a hasher that no production would use, to its advantage."""
    return toolkit(storage, title, url, plan.need(MOST["toolkit"]))


@contextmanager
def slow_toolkit(storage: Stores, plan: Plan) -> Iterator[Subject]:
    """As it comes: each request hashes the client's secret a million times. One operation tells."""
    url, need = storage.database("slow"), plan.need(50, SLOW_CONNECTIONS)
    running = toolkit(storage, report.TOOLKIT_DEFAULT, url, need, hasher="default")
    with running as subject:
        requests = {OPAQUE: subject.requests[OPAQUE]}
        yield replace(subject, requests=requests, connections=SLOW_CONNECTIONS)


def say(text: str) -> None:
    """One block of the report."""
    print(f"\n{text}", flush=True)


def note(text: str) -> None:
    """How far it is."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
