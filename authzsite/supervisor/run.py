"""The supervisor's life: prepare, start, wait until it answers, watch, stop."""

import http.client
import signal
import ssl
import time
from pathlib import Path
from types import FrameType
from typing import TextIO

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connections

from authzsite.supervisor import prepare
from authzsite.supervisor.children import Children
from authzsite.supervisor.commands import command_for, default_roles

START_SECONDS = 60.0
WORKER_READY = "worker.ready"


class Interrupted(Exception):
    """SIGINT or SIGTERM arrived."""


def supervise(stdout: TextIO) -> None:
    """Run everything until told to stop, or until a part of it ends by itself."""
    lock = prepare.lock_data_dir()
    children = Children()
    try:
        listen_for_signals()
        prepare.require_free_port()
        prepare.migrate(stdout)
        lines = prepare.first_run(stdout)
        connections.close_all()
        (Path(settings.DATA_DIR) / WORKER_READY).unlink(missing_ok=True)
        for role in default_roles():
            children.start(role, command_for(role))
        wait_until_ready(children)
        print("\n".join([*lines, "Ctrl-C stops everything."]), file=stdout, flush=True)
        watch(children)
    except Interrupted:
        print("\nStopping ...", file=stdout, flush=True)
    finally:
        stop(children)
        lock.close()


def listen_for_signals() -> None:
    """The first signal stops in order."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)


def interrupt(number: int, frame: FrameType | None) -> None:
    """Leave whatever is going on."""
    raise Interrupted


def stop(children: Children) -> None:
    """In order; a second signal makes it quick, and a third changes nothing."""
    try:
        children.stop()
    except Interrupted:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        children.kill()


def wait_until_ready(children: Children) -> None:
    """Until /health/live answers and the worker has said that it listens."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        fail_if_ended(children)
        if (Path(settings.DATA_DIR) / WORKER_READY).exists() and is_live():
            return
        time.sleep(0.05)
    raise CommandError(f"Web server and worker weren't ready within {START_SECONDS:.0f} s.")


def is_live() -> bool:
    """Ask the web server itself, past any proxy and whatever its certificate says."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.BIND, settings.BIND)  # noqa: S104
    connection = http.client.HTTPConnection(host, settings.PORT, timeout=2)
    if settings.TLS_CERT:
        context = ssl._create_unverified_context()  # noqa: S323 - only asks whether it lives
        connection = http.client.HTTPSConnection(host, settings.PORT, timeout=2, context=context)
    try:
        connection.request("GET", "/health/live", headers={"Host": settings.HOST})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def watch(children: Children) -> None:
    """Until a child ends, which is a failure: an installation without worker isn't one."""
    while True:
        fail_if_ended(children)
        time.sleep(0.2)


def fail_if_ended(children: Children) -> None:
    """Say which, and leave."""
    if ended := children.ended():
        raise CommandError("; ".join(ended) + ".")
