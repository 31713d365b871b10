"""`make bench-revocation`: PostgreSQL and Redis of its own, the real processes, and the tables.

`TOKENS=1000000` says how many living tokens there are, `TOOLKIT=0` leaves the comparison out.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests import services
from tests.bench.product import role, wait_until_live

DURABLE = {"fsync": "on", "full_page_writes": "on"}  # as in production
TOKENS = int(os.environ.get("TOKENS", "1000000"))
PATIENCE_SECONDS = 60 * float(os.environ.get("TOOLKIT_MINUTES", "20"))


def main() -> None:
    """Set up, measure, print, and leave nothing behind, also when it is stopped."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="authzsite-bench-")))
        url = stack.enter_context(services.postgres(folder, **DURABLE))
        redis = stack.enter_context(services.redis(folder))
        port = services.free_port()
        environment(folder, url, redis, port)
        import django

        django.setup()
        ours(stack, folder, port)
        if os.environ.get("TOOLKIT", "1") == "1":
            say(theirs(url))


def environment(folder: Path, url: str, redis: str, port: int) -> None:
    """An installation for production, on this machine and for these minutes."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "authzsite.settings",
        "DATA_DIR": str(folder / "data"),
        "DATABASE_URL": url,
        "REDIS_URL": redis,
        "PORT": str(port),
        "BASE_URL": f"http://localhost:{port}",
        "DEMO": "0",
        "LOG_LEVEL": "ERROR",
        "WEB_PROCESSES": "2",
    }


def ours(stack: ExitStack, folder: Path, port: int) -> None:
    """Our own two tables."""
    from django.core.management import call_command

    from apps.servers.services import ensure_installation
    from tests.bench.revocation import measure, report
    from tests.bench.revocation.scenarios import SCENARIOS
    from tests.bench.revocation.world import Size, make_world

    call_command("migrate", verbosity=0)
    ensure_installation()
    size = Size.of(TOKENS)
    began = time.monotonic()
    world = make_world(size)
    say(f"{size}, made in {time.monotonic() - began:.0f} s.")
    stack.enter_context(role("web", folder))
    wait_until_live(port)
    found, jobs = [], []
    for scenario in SCENARIOS:
        found.append(measure.acknowledge(world, scenario, port))
        jobs.append((measure.first_job(), scenario.title))
        measure.RevocationJob.objects.all().delete()
    say(report.acknowledgements(found))
    worker = stack.enter_context(role("worker", folder))
    time.sleep(5)
    with measure.token_load(world, port).running() as load:
        time.sleep(3)
        beside = [measure.quiet(load)]
        for job, title in jobs:
            job.save(force_insert=True)
            beside.append(measure.cascade(load, job, f"marking after {title}", worker))
        beside.append(measure.sweep(world, load, TOKENS, worker))
        beside.append(measure.quiet(load))
    say(report.backgrounds(beside))


def theirs(url: str) -> str:
    """The comparison, in a database of its own."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE toolkit")
    from tests.bench.revocation import report

    environment = os.environ | {"TOOLKIT_DATABASE_URL": url.rpartition("/")[0] + "/toolkit"}
    command = [sys.executable, "-m", "tests.bench.revocation.toolkit", str(TOKENS)]
    try:
        done = subprocess.run(
            command, env=environment, check=True, stdout=subprocess.PIPE, timeout=PATIENCE_SECONDS
        ).stdout
    except subprocess.TimeoutExpired as stopped:
        done = stopped.stdout or b""
    found: dict[str, dict[str, Any]] = {}
    for line in done.decode().splitlines():
        work = json.loads(line)
        found[work["title"]] = work
    return report.toolkit(list(found.values()), PATIENCE_SECONDS)


def say(text: str) -> None:
    """One block of the report."""
    print(f"\n{text}", flush=True)


if __name__ == "__main__":
    main()
