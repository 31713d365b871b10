"""The machine that the figures belong to, how fast it is at this moment, and how fast wrk is."""

import importlib.metadata
import os
import platform
import subprocess
import time
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests import services
from tests.bench.edge.generator import Request, send
from tests.bench.edge.provider import trivial

PROBE_SECONDS: Final = 0.5
PACKAGES: Final = ("Django", "granian", "django-oauth-toolkit", "psycopg")
LISTS: Final = {
    "the same request again and again": Request("/token", "a=b"),
    "a list of tokens": Request("/token", "token=", ("a", "b"), "once"),
    "the token of the answer": Request("/token", "token=", ("a", "b"), "chain"),
}


def describe() -> str:
    """One paragraph."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGESIZE") / 2**30
    programs = {
        "PostgreSQL": [services.postgres_binary("postgres"), "--version"],
        "Redis": [services.find_redis() or "redis-server", "--version"],
        "Node": ["node", "--version"],
    }
    versions = [f"{name} {version_of(command)}" for name, command in programs.items()]
    versions += [f"{name} {importlib.metadata.version(name)}" for name in PACKAGES]
    system = platform.freedesktop_os_release().get("PRETTY_NAME", "")
    versions.insert(0, f"Python {platform.python_version()}")
    return (
        f"{os.cpu_count()} cores ({processor()}), shared by the load generator, the servers and "
        f"the databases; {memory:.0f} GiB; {system}, Linux {platform.release()}; "
        f"{', '.join(versions)}."
    )


def processor() -> str:
    """Its name."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def version_of(command: list[str]) -> str:
    """The first word with digits and a point in what a program says about itself."""
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return "(none)"
    words = said.replace("v=", "").split()
    return next((w.lstrip("v") for w in words if w.lstrip("v")[:1].isdigit()), "")


def speed() -> str:
    """RSA-2048 signatures a second on one core, now: machines of this kind aren't equally fast from
    minute to minute."""
    key = rsa.generate_private_key(65537, 2048)
    began, count = time.process_time(), 0
    started = time.monotonic()
    while time.monotonic() - started < PROBE_SECONDS:
        key.sign(b"x" * 200, padding.PKCS1v15(), hashes.SHA256())
        count += 1
    taken = time.process_time() - began
    elapsed = time.monotonic() - started
    load = " ".join(f"{n:.1f}" for n in os.getloadavg())
    return (
        f"{count / taken:,.0f} RSA-2048 signatures in a second of processor time, "
        f"{count / elapsed:,.0f} in one by the clock; load {load}."
    )


def ceiling(folder: Path, seconds: int, connections: int = 64) -> str:
    """What wrk reaches against the least server there can be."""
    with trivial(folder) as port:
        found = []
        for title, request in LISTS.items():
            count = 100_000 * seconds if request.way == "once" else 2 * connections
            items = ["x" * 43] * count
            load = send(folder, port, request, items, connections=connections, seconds=seconds)
            found.append(f"{load.rate:,.0f}/s ({title})")
    return f"The generator's own ceiling: {', '.join(found)}."
