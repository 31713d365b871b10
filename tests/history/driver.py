"""Eight clients at once, for so many operations or so long: `python -m tests.history.driver`.

Runs in a process of its own whose environment is the installation's; administrators' changes are
made here, through the services, on the same database. Writes a report in JSON.
"""

import argparse
import json
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

import django

THREADS: Final = 8
SETTLE_SECONDS: Final = 240.0
TELL_SECONDS: Final = 10.0
MAX_ERRORS: Final = 100  # of a disturbed run, which is to go on: they are counted
READY: Final = "ready"
SETTLING: Final = "settling"


@dataclass(slots=True)
class Report:
    """What happened."""

    operations: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    failures: dict[str, int] = field(default_factory=dict)  # answers 5xx by status; 0: none came
    revocations: dict[str, int] = field(default_factory=dict)
    granted: dict[str, int] = field(default_factory=dict)
    looks: dict[str, int] = field(default_factory=dict)
    unknown: dict[str, int] = field(default_factory=dict)
    open_jobs: int = 0
    unmarked: list[str] = field(default_factory=list)
    rows: int = 0


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--operations", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--report", type=Path, required=True)
    parser.add_argument("--ports", type=int, nargs="+", required=True, help="of the web servers")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--is-disturbed", action="store_true", help="failures are expected")
    parser.add_argument("--skip-settling", action="store_true", help="don't wait for the worker")
    options = parser.parse_args()
    django.setup()
    report = run(options)
    options.report.write_text(json.dumps(asdict(report), indent=1))


def run(options: argparse.Namespace) -> Report:
    """Make the world, use it, and look at what is left."""
    from django.db import connection

    from tests.history.crew import Crew
    from tests.history.settling import settle

    print(f"seed {options.seed}", flush=True)
    crew = Crew(options.ports, Random(options.seed), is_disturbed=options.is_disturbed)
    print(READY, flush=True)
    watch(crew, options)
    report = Report(**crew.summary())
    if not options.skip_settling and not report.faults:
        print(SETTLING, flush=True)
        connection.close()  # whatever has happened to it
        for name, value in settle(SETTLE_SECONDS, crew.ledger.stillborn).items():
            setattr(report, name, value)
    return report


def watch(crew: Any, options: argparse.Namespace) -> None:
    """Until enough was done, the time is over, or something is wrong."""
    began = told = time.monotonic()
    threads = [threading.Thread(target=crew.work, args=(n,)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        time.sleep(0.1)
        now = time.monotonic()
        is_over = crew.operations >= options.operations or now - began > options.seconds
        errors = len(crew.ledger.errors)
        if is_over or crew.ledger.faults or errors > (MAX_ERRORS if options.is_disturbed else 0):
            crew.stop.set()
        if now - told > TELL_SECONDS:
            crew.ledger.forget(crew.pool.remembered())
            told = time.monotonic()
            print(crew.line(now - began), flush=True)
    crew.seconds = time.monotonic() - began


if __name__ == "__main__":
    main()
