"""What has to be true before the first process starts: a free port, a current schema."""

import errno
import fcntl
import os
import socket
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TextIO

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from authzsite.health import pending_migrations

FIRST_RUN = "apps.management.firstrun"


def lock_data_dir() -> IO[str]:
    """Held while we live: two supervisors on one folder would be two beats and two brokers."""
    folder = Path(settings.DATA_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = open(folder / "up.lock", "a+", encoding="ascii")  # noqa: SIM115 - the caller keeps it open
    os.set_inheritable(file.fileno(), False)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise CommandError(
            f"Another one is running on {folder}; stop it, or set DATA_DIR."
        ) from None
    return file


def require_free_port() -> None:
    """Fail before anything is changed, and say what to do."""
    family = socket.AF_INET6 if ":" in settings.BIND else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.BIND, settings.PORT))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise CommandError(
                    f"Can't listen on {settings.BIND}:{settings.PORT}: {error}"
                ) from None
            hint = f"try PORT={settings.PORT + 1}"
            raise CommandError(f"Port {settings.PORT} is in use; {hint}.") from None


def migrate(stdout: TextIO) -> None:
    """Apply what is missing; looking at the plan is all that a second start does."""
    pending = pending_migrations()
    if pending:
        print(f"Setting up the database ({len(pending)} migrations) ...", file=stdout, flush=True)
        call_command("migrate", interactive=False, verbosity=0)


def first_run(stdout: TextIO) -> list[str]:
    """Create what an empty installation lacks; the lines to print once everything answers."""
    if find_spec(FIRST_RUN) is None:
        return [f"Console: {settings.BASE_URL}/admin/"]
    create: Callable[[TextIO], list[str]] = import_module(FIRST_RUN).first_run
    return create(stdout)
