"""A million operations with a nemesis: `make soak`, or `python -m tests.history.soak`.

SOAK_OPERATIONS and SOAK_MINUTES bound it, whichever comes first. Starts servers of its own on free
ports in a temporary folder and ends them; leaves with status 1 when anything was wrong.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, Final

import django

MEMORY_SECONDS: Final = 30.0


def main() -> int:
    """Run, and say how it went. Nothing stays behind, also when it is stopped."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    operations = int(os.environ.get("SOAK_OPERATIONS", "1000000"))
    seconds = float(os.environ.get("SOAK_MINUTES", "240")) * 60
    seed = int(os.environ.get("SOAK_SEED", str(int(time.time()))))
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="authzsite-soak-")))
        folder.chmod(0o711)
        nemesis = stack.enter_context(broken_world(folder, Random(seed)))
        report = soak(nemesis, operations, seconds, seed)
    return 0 if report is not None and tell(report, nemesis) else 1


@contextlib.contextmanager
def broken_world(folder: Path, chance: Random) -> Iterator[Any]:
    """Servers that may be broken, an installation on them, and who breaks them."""
    from tests.faults.servers import Postgres, Redis
    from tests.history.launch import WEB_PROCESSES, database
    from tests.history.nemesis import Nemesis
    from tests.processes import installation

    for name in ("postgres", "redis"):
        (folder / name).mkdir()
        (folder / name).chmod(0o711)
    postgres, redis = Postgres(folder / "postgres"), Redis(folder / "redis")
    try:
        postgres.create()
        redis.start()
        with database(postgres.url) as url:
            environment = {
                "DATABASE_URL": url,
                "REDIS_URL": redis.url,
                "WEB_PROCESSES": str(WEB_PROCESSES // 2),  # of each edge
                "DATABASE_POOL": "16",
            }
            with installation(folder / "installation" / "data", **environment) as made:
                made.manage("migrate", "--verbosity", "0")
                nemesis = Nemesis(made, postgres, redis, chance)
                nemesis.start_all()
                yield nemesis
    finally:
        redis.end()
        postgres.end()


def soak(nemesis: Any, operations: int, seconds: float, seed: int) -> dict[str, Any] | None:
    """The driver beside the nemesis; its report, None when it broke down."""
    from tests.history.launch import driver, report_of

    arguments = ["--operations", str(operations), "--seconds", str(seconds)]
    arguments += ["--seed", str(seed), "--is-disturbed"]
    ready, settling = threading.Event(), threading.Event()
    with driver(nemesis.made, *arguments, stdout=subprocess.PIPE) as child:
        listener = threading.Thread(target=listen, args=(child, ready, settling))
        listener.start()
        try:
            disturb(nemesis, child, ready, settling)
        finally:
            if child.poll() is None:
                child.kill()
            listener.join()
    if child.returncode:
        print(f"the driver ended with status {child.returncode}", flush=True)
        return None
    report: dict[str, Any] = json.loads(report_of(nemesis.made).read_text())
    return report


def listen(
    child: "subprocess.Popen[str]", ready: threading.Event, settling: threading.Event
) -> None:
    """Pass on what the driver says."""
    from tests.history.driver import READY, SETTLING

    assert child.stdout
    for line in child.stdout:
        print(line, end="", flush=True)
        if line.strip() == READY:
            ready.set()
        if line.strip() == SETTLING:
            settling.set()


def disturb(
    nemesis: Any,
    child: "subprocess.Popen[str]",
    ready: threading.Event,
    settling: threading.Event,
) -> None:
    """Until the clients have stopped; then everything runs, and nothing is broken any more."""
    measured = 0.0
    while child.poll() is None:
        time.sleep(0.2)
        nemesis.revive()
        if time.monotonic() - measured > MEMORY_SECONDS:
            measured = time.monotonic()
            print(memory(nemesis), flush=True)
        if ready.is_set() and not settling.is_set() and (blow := nemesis.act()):
            print(f"          nemesis: {blow}", flush=True)


def memory(nemesis: Any) -> str:
    """Resident megabytes of each role's processes."""
    parts = []
    for role, process in nemesis.roles.items():
        sizes = [resident(pid) for pid in (process.pid, *process.children())]
        parts.append(f"{role} {' '.join(f'{size:.0f}' for size in sizes)}")
    return f"          memory MB: {', '.join(parts)}"


def resident(pid: int) -> float:
    """Of one process, 0 for one that has ended."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def tell(report: dict[str, Any], nemesis: Any) -> bool:
    """The table at the end; whether all was well."""
    from tests.history.launch import complaints

    rate = report["operations"] / max(report["seconds"], 1)
    lines = {
        "operations": f"{report['operations']} in {report['seconds']:.0f} s ({rate:.0f}/s)",
        "granted": report["granted"],
        "looks": report["looks"],
        "revocations": report["revocations"],
        "nemesis": dict(nemesis.done),
        "answers 5xx, 0 = none": report["failures"],
        "unknown": report["unknown"],
        "orphaned web processes": nemesis.orphans,
        "open jobs": report["open_jobs"],
        "rows, of which dead and unmarked": f"{report['rows']}, {len(report['unmarked'])}",
        "faults": len(report["faults"]),
        "answers that nothing explains": len(report["errors"]),
    }
    print("\n" + "\n".join(f"{name:34} {value}" for name, value in lines.items()))
    for text in [*report["faults"][:5], *report["errors"][:5], *report["unmarked"][:10]]:
        print(text)
    if report["faults"] or report["errors"]:
        print("\n".join(complaints(nemesis.made)))
    wrong = ("faults", "errors", "open_jobs")
    is_good = not (any(report[name] for name in wrong) or nemesis.orphans)
    print("good" if is_good else "NOT GOOD", flush=True)
    return is_good


if __name__ == "__main__":
    sys.exit(main())
