"""`make bench-console`: PostgreSQL and Redis of its own, the real web server, and the table.

`BENCH_ROWS=10000000` says how many tokens and log events there are; servers, clients and users
shrink with it. `CALLS=30` says how often each page is asked for.
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
BYTES_OF_A_ROW = 2500  # of a grant or an access token with an event, indexes included
# Rows are made quickly and lost with the machine; reading costs what it costs anywhere.
QUICK = {
    "max_wal_size": "4GB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "maintenance_work_mem": "512MB",
    "shared_buffers": "1GB",
    "autovacuum": "off",
}


def main() -> int:
    """Set up, measure, print; non-zero when a page is beyond the goal."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="authzsite-bench-")))
        free = shutil.disk_usage(folder).free
        if free < 2 * ROWS * BYTES_OF_A_ROW:
            say(f"{ROWS:,} rows need more than the {free / 2**30:.0f} GiB that are free.")
            return 2
        url = stack.enter_context(services.postgres(folder, **QUICK))
        redis = stack.enter_context(services.redis(folder))
        port = services.free_port()
        environment(folder, url, redis, port)
        import django

        django.setup()
        return ours(stack, folder, port)


def ours(stack: ExitStack, folder: Path, port: int) -> int:
    """The table."""
    from django.core.management import call_command

    from apps.servers.services import ensure_installation
    from tests.bench.console.measure import PAGES, Visitor, line_of
    from tests.bench.console.world import Size, make_world
    from tests.bench.tables import table

    call_command("migrate", verbosity=0)
    ensure_installation()
    size, began = Size.of(ROWS), time.monotonic()
    login = make_world(size)
    say(f"{size}, made in {time.monotonic() - began:.0f} s.")
    stack.enter_context(role("web", folder))
    wait_until_live(port)
    visitor = Visitor(port, login)
    found = [visitor.measure(title, path, CALLS) for title, path in PAGES.items()]
    heads = ("page", "statements", "KiB", "first", "median", "p95", "")
    say(table(heads, [line_of(one) for one in found]))
    say(f"Load of the machine: {' '.join(f'{n:.1f}' for n in os.getloadavg())}.")
    return int(not all(one.is_good for one in found))


def say(text: str) -> None:
    """One block of the report."""
    print(f"\n{text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
