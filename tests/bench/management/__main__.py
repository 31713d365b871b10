"""`make bench-management`: PostgreSQL and Redis of its own, the real web server, and the table.

`SERVERS=1000`, `CLIENTS=50000` and `CALLS=200` say how many.
"""

import os
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from tests import services
from tests.bench.product import role, wait_until_live
from tests.bench.revocation.__main__ import DURABLE, environment

SERVERS = int(os.environ.get("SERVERS", "1000"))
CLIENTS = int(os.environ.get("CLIENTS", "50000"))
CALLS = int(os.environ.get("CALLS", "200"))


def main() -> int:
    """Set up, measure, print; non-zero when a call is beyond the goal."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="authzsite-bench-")))
        url = stack.enter_context(services.postgres(folder, **DURABLE))
        redis = stack.enter_context(services.redis(folder))
        port = services.free_port()
        environment(folder, url, redis, port)
        import django

        django.setup()
        return ours(stack, folder, port)


def ours(stack: ExitStack, folder: Path, port: int) -> int:
    """The table."""
    from django.core.management import call_command
    from django.db import connection

    from apps.servers.services import ensure_installation
    from tests.bench.management.measure import measure
    from tests.bench.management.world import credentials, make_world
    from tests.bench.tables import table

    call_command("migrate", verbosity=0)
    ensure_installation()
    began = time.monotonic()
    world = make_world(SERVERS, CLIENTS)
    tokens = credentials(len(world.calls()))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    say(f"{SERVERS:,} servers, {CLIENTS:,} clients, made in {time.monotonic() - began:.0f} s.")
    stack.enter_context(role("web", folder))
    wait_until_live(port)
    found = [
        measure(title, path, token, port, CALLS)
        for (title, path), token in zip(world.calls().items(), tokens, strict=True)
    ]
    heads = ("call", "statements", "KiB", "median", "p95", "")
    rows = [
        (
            one.title,
            one.statements,
            f"{one.kilobytes:.0f}",
            f"{sorted(one.milliseconds)[len(one.milliseconds) // 2]:.1f} ms",
            f"{one.p95:.1f} ms",
            "" if one.is_good else "beyond",
        )
        for one in found
    ]
    say(table(heads, rows))
    say(f"Load of the machine: {' '.join(f'{n:.1f}' for n in os.getloadavg())}.")
    return int(not all(one.is_good for one in found))


def say(text: str) -> None:
    """One block of the report."""
    print(f"\n{text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
