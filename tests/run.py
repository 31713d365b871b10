"""The whole suite, on SQLite and on PostgreSQL: `python -m tests.run [pytest arguments]`.

The first pass is for everything but what says something about PostgreSQL only (`postgres`); the
second, with Redis, for whatever reaches the database in a way that could differ there. A test whose
statements are the same on both, or that has none, is marked `once` and not repeated; the stories,
the protocol endpoints, races, the matrix of revocations and statement counts are never.

What every test costs beyond its own work is kept small: the canary looks a test's texts up among
all secrets instead of trying each of them (tests/canary/vault.py), the garbage collector passes by
what was collected (tests/conftest.py), only tables with rows are emptied (tests/flush.py), and
passwords and chosen secrets are hashed at the smallest cost. Histories, the longest, begin first.
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from tests import services

WORKERS = os.environ.get("TEST_WORKERS", "2")


def main(arguments: list[str]) -> int:
    """Both passes, always; non-zero if either fails or a required service is missing."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    missing = services.missing_services()
    if missing:
        print(f"Not installed, so skipped: {', '.join(missing)}.", flush=True)
        if os.environ.get("REQUIRE_SERVICES") == "1":
            print("REQUIRE_SERVICES=1: that is a failure.", flush=True)
            return 1
    with contextlib.ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="authzsite-services-"))
        )
        urls = start_services(stack, folder, missing)
        results = [run_pytest("SQLite", "not postgres", raw_urls(urls), arguments)]
        if "TEST_DATABASE_URL" in urls:
            results.append(run_pytest("PostgreSQL", "not once", urls | raw_urls(urls), arguments))
    print("\n" + "\n".join(closing for _, closing in results), flush=True)
    return max(status for status, _ in results)


def start_services(stack: contextlib.ExitStack, folder: Path, missing: list[str]) -> dict[str, str]:
    """Start what is installed; they end with the stack."""
    urls = {}
    if "PostgreSQL" not in missing:
        urls["TEST_DATABASE_URL"] = stack.enter_context(services.postgres(folder))
    if "Redis" not in missing:
        urls["TEST_REDIS_URL"] = stack.enter_context(services.redis(folder))
    return urls


def raw_urls(urls: dict[str, str]) -> dict[str, str]:
    """For tests that talk to a server themselves, whichever database the pass runs on."""
    return {name.replace("TEST_", "SERVICE_"): url for name, url in urls.items()}


def run_pytest(
    name: str, marks: str, environment: dict[str, str], arguments: list[str]
) -> tuple[int, str]:
    """One pass, its output passed on as it comes; the status and pytest's closing line."""
    print(f"\n--- {name}", flush=True)
    spread = ["-n", WORKERS, "--dist", "worksteal"]
    command = [sys.executable, "-m", "pytest", *spread, "-q", "-m", marks, *arguments]
    closing = ""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=os.environ | environment
    ) as child:
        assert child.stdout
        for line in child.stdout:
            print(line, end="", flush=True)
            closing = line.strip() or closing
    status = 0 if child.returncode == 5 and arguments else child.returncode  # 5: none selected
    return status, closing


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
