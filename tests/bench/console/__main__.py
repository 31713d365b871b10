"""`make bench-console`: PostgreSQL and Redis of its own, the real web server, and the table.

`BENCH_ROWS=10000000` says how many tokens and log events there are; servers, clients and users
shrink with it. `CALLS=30` says how often each page is asked for, `PAGES=log` which: those whose
title has it. `BENCH_FOLDER=…` keeps the rows in that folder, and a next run finds them there.
"""

import os
import shutil
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from tests import services
from tests.bench.product import role, wait_until_live
from tests.bench.revocation.__main__ import environment

ROWS = int(os.environ.get("BENCH_ROWS", "10000000"))
CALLS = int(os.environ.get("CALLS", "30"))
ASKED = os.environ.get("PAGES", "")
FOLDER = os.environ.get("BENCH_FOLDER", "")
BYTES_OF_A_ROW = 2000  # of half a grant, half an access token, an event: indexes, WAL, sorting
# Rows are made quickly and lost with the machine; reading costs what it costs anywhere.
QUICK = {
    "max_wal_size": "4GB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "1GB",
    "autovacuum": "off",
}


def main() -> int:
    """Set up, measure, print; non-zero when a page is beyond the goal."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with ExitStack() as stack:
        folder = place(stack)
        if problem := in_the_way(folder):
            say(problem)
            return 2
        url = stack.enter_context(services.postgres(folder, **QUICK))
        redis = stack.enter_context(services.redis(folder))
        port = services.free_port()
        environment(folder, url, redis, port)
        import django

        django.setup()
        return ours(stack, folder, port)


def place(stack: ExitStack) -> Path:
    """The folder that was named, or one that goes with the run."""
    if not FOLDER:
        return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="authzsite-bench-")))
    folder = Path(FOLDER).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def made(folder: Path) -> Path:
    """The file that says what the folder's rows are, once they are complete."""
    return folder / "made"


def in_the_way(folder: Path) -> str:
    """What keeps us from starting; empty: nothing."""
    if made(folder).exists():
        return ""
    if (folder / "postgres").exists():
        return f"{folder} holds rows that were never completed: remove it."
    free, needed = shutil.disk_usage(folder).free, ROWS * BYTES_OF_A_ROW
    if free < needed:
        return f"{ROWS:,} rows need {needed / 2**30:.0f} GiB of disk; {free / 2**30:.0f} are free."
    return ""


def ours(stack: ExitStack, folder: Path, port: int) -> int:
    """The table."""
    from tests.bench.console.measure import PAGES, Visitor, line_of
    from tests.bench.tables import table

    login = world(folder)
    stack.enter_context(role("web", folder))
    wait_until_live(port)
    visitor = Visitor(port, login)
    pages = {title: path for title, path in PAGES.items() if ASKED in title}
    found = [visitor.measure(title, path, CALLS) for title, path in pages.items()]
    heads = ("page", "statements", "KiB", "first", "median", "p95", "")
    say(table(heads, [line_of(one) for one in found]))
    say(f"Load of the machine: {' '.join(f'{n:.1f}' for n in os.getloadavg())}.")
    beyond = [one for one in found if not one.is_good]
    for one in beyond:
        say(f"{one.title}: {one.slowest}")
    return int(bool(beyond))


def world(folder: Path) -> str:
    """The rows, made or found; the login of whoever looks at them."""
    from django.core.management import call_command

    from apps.servers.services import ensure_installation
    from tests.bench.console.world import LOGIN, Size, make_world, size_on_disk

    if made(folder).exists():
        say(made(folder).read_text())
        return LOGIN
    call_command("migrate", verbosity=0)
    ensure_installation()
    size, began = Size.of(ROWS), time.monotonic()
    make_world(size)
    told = f"{size}: {size_on_disk() / 2**30:.1f} GiB, made in {time.monotonic() - began:.0f} s."
    made(folder).write_text(told)
    say(told)
    return LOGIN


def say(text: str) -> None:
    """One block of the report."""
    print(f"\n{text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
