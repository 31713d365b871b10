"""`manage.py export [FILE]`: the whole configuration for `apply` to read, without secrets."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.management.configuration.export import export


class Command(BaseCommand):
    """The same state gives the same text, byte by byte."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to."""
        parser.add_argument("file", nargs="?", default="-", help="standard output without it")

    def handle(self, *args: Any, file: str = "-", **options: Any) -> None:
        """Write it."""
        text = export()
        if file == "-":
            self.stdout.write(text, ending="")
            return
        Path(file).write_text(text, encoding="utf-8")
        self.stderr.write(f"Written to {file}.")
