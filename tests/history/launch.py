"""Starts an installation and the driver beside it, for tests and for the long run."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import psycopg
from psycopg.sql import SQL, Identifier

from tests.processes import Installation, Process, installation

WEB_PROCESSES: Final = 4
OTHER_EDGE: Final = "wsgi"
ROOT: Final = Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def database(server_url: str, template: str = "template1") -> Iterator[str]:
    """A database of its own on that server, empty unless a template's name is given; its URL."""
    name = f"history_{uuid4().hex[:12]}"
    names = Identifier(name), Identifier(template)
    with psycopg.connect(server_url, autocommit=True) as session:
        session.execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
    try:
        yield f"{server_url.rpartition('/')[0]}/{name}"
    finally:
        with psycopg.connect(server_url, autocommit=True) as session:
            session.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@contextlib.contextmanager
def serving(
    folder: Path, database_url: str, *, bug: str = "", **environment: str
) -> Iterator[Installation]:
    """Web processes and a worker on that database: half of them with the edge that serves there,
    half with the other one. `bug`: a build that is wrong on purpose, with the edge it names."""
    facts = {
        "DATABASE_URL": database_url,
        "WEB_PROCESSES": str(WEB_PROCESSES if bug else WEB_PROCESSES // 2),
        "DATABASE_POOL": "16",
        **environment,
    }
    with installation(folder, **facts) as made:
        made.manage("migrate", "--verbosity", "0")
        made.start("worker")
        made.start("beat")
        if bug:
            start_seeded_web(made, bug)
        else:
            made.start_web()
            made.start_another_web(EDGE=OTHER_EDGE)
        yield made


def start_seeded_web(made: Installation, bug: str) -> Process:
    """The web server of a build that is wrong on purpose, answering."""
    arguments = ["-m", "tests.history.seeded", bug]
    log = made.folder.parent / f"web-{bug}.log"
    process = Process.start(arguments, made.environ(), log)
    made.running.append(process)
    process.wait_until(made.is_live)
    return process


def driver(made: Installation, *arguments: str, **options: Any) -> "subprocess.Popen[str]":
    """The driver as a child; its report is at `report_of`."""
    environment = made.environ() | {"DJANGO_SETTINGS_MODULE": "tests.history.settings"}
    command = [sys.executable, "-m", "tests.history.driver", *arguments]
    command += ["--report", str(report_of(made))]
    command += ["--ports", *map(str, (made.port, *made.more_ports))]
    return subprocess.Popen(command, env=environment, cwd=ROOT, text=True, **options)


def report_of(made: Installation) -> Path:
    """Where the driver writes what happened."""
    return made.folder.parent / "report.json"


def drive(made: Installation, operations: int, seconds: float, *arguments: str) -> dict[str, Any]:
    """Run the driver to its end; the report."""
    sizes = ["--operations", str(operations), "--seconds", str(seconds)]
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with driver(made, *sizes, *arguments, **output) as child:
        try:
            said, _ = child.communicate(timeout=seconds + 400)
        finally:
            child.kill()
    assert child.returncode == 0, said[-6000:]
    found: dict[str, Any] = json.loads(report_of(made).read_text())
    return found | {"said": said, "complaints": complaints(made)}


def complaints(made: Installation) -> list[str]:
    """The last errors in the logs of the web server and the worker."""
    logs = made.folder.parent.glob("*.log")
    lines = [line for log in logs for line in log.read_text().splitlines()]
    return [line for line in lines if '"level": "ERROR"' in line][-20:]
