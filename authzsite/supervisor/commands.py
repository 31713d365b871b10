"""The command line of each role, the same under `manage.py up`, systemd and containers."""

import sys
from typing import Final

from django.conf import settings

ROLES = ("web", "worker", "beat")
CONNECTIONS: Final = 4096  # per web process


def command_for(role: str) -> list[str]:
    """What to execute for a role."""
    return {"web": web_command, "worker": worker_command, "beat": beat_command}[role]()


def default_roles() -> tuple[str, ...]:
    """With files as broker the one worker carries beat inside; with Redis beat stands alone."""
    return ROLES if settings.REDIS_URL else ("web", "worker")


def web_command() -> list[str]:
    """granian, over WSGI, or for the pipelined edge over ASGI, which brings its own threads."""
    is_pipelined = settings.EDGE == "pipelined"
    name, interface = ("asgi", "asginl") if is_pipelined else ("wsgi", "wsgi")
    threads = 1 if is_pipelined else settings.WEB_THREADS
    command = [
        *(sys.executable, "-m", "granian", f"authzsite.{name}:application"),
        *("--interface", interface, "--no-ws"),
        *("--host", settings.BIND, "--port", str(settings.PORT)),
        *("--workers", str(settings.WEB_PROCESSES)),
        *("--blocking-threads", str(threads)),
        # It counts connections, not requests: kept ones, which are idle, must keep nobody out.
        *("--backlog", str(CONNECTIONS), "--backpressure", str(CONNECTIONS)),
        *("--log-level", "warning", "--http1-header-read-timeout", "10000"),
        # Longer than a request may take (authzsite.middleware), shorter than systemd waits.
        *("--workers-kill-timeout", "25", "--respawn-failed-workers"),
    ]
    if settings.TLS_CERT:
        command += ["--ssl-certificate", settings.TLS_CERT, "--ssl-keyfile", settings.TLS_KEY]
        command += ["--ssl-protocol-min", "tls1.2"]
    return command


def worker_command() -> list[str]:
    """Threads: the tasks wait for the database, they don't compute."""
    command = [*celery("worker"), "--pool", "threads", "--concurrency", "4"]
    command += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return command if settings.REDIS_URL else [*command, "--beat"]


def beat_command() -> list[str]:
    """Says when; a lease decides whose saying counts, so two of them are harmless."""
    return [*celery("beat"), "--pidfile", ""]


def celery(role: str) -> list[str]:
    """The common beginning."""
    level = settings.LOG_LEVEL if settings.LOG_LEVEL == "DEBUG" else "WARNING"
    # It warns root of pickled messages; only JSON is accepted here (authz.E023).
    python = [sys.executable, "-W", "ignore:You're running the worker with superuser"]
    return [*python, "-m", "celery", "-q", "-A", "authzsite.celery:app", role, "-l", level]
