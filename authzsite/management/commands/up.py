"""`manage.py up`: everything under one foreground process; `up web` is one role, for production."""

import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from authzsite.checks import refuse_unsafe_settings
from authzsite.supervisor.commands import ROLES, command_for
from authzsite.supervisor.run import supervise


class Command(BaseCommand):
    """Sets up what is missing, then runs web server, worker and beat until Ctrl-C."""

    help = __doc__
    requires_system_checks: list[str] = []  # ours run below, with their errors only

    def add_arguments(self, parser: ArgumentParser) -> None:
        """An optional role."""
        parser.add_argument("role", nargs="?", choices=ROLES, help="run only this, in place of us")

    def handle(self, *args: Any, role: str | None = None, **options: Any) -> None:
        """Refuse what is unsafe first."""
        os.umask(0o077)  # whatever is written from here on is nobody else's to read
        try:
            refuse_unsafe_settings()
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from None
        if role:
            command = command_for(role)
            os.execv(command[0], command)  # noqa: S606 - our own command line
        supervise(sys.stdout)
