"""What the four commands of configuration files share."""

from collections.abc import Callable
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.management.configuration.problems import ConfigurationError
from apps.management.configuration.run import Result
from apps.management.configuration.source import MAX_BYTES


class ConfigurationCommand(BaseCommand):
    """A command that reads a configuration file; its mistakes are `file:line: path: what`."""

    requires_migrations_checks = True

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, and whether it is all there shall be."""
        parser.add_argument("file", help="YAML or JSON; - reads standard input")
        parser.add_argument(
            "--prune",
            action="store_true",
            help="remove what the sections of the file don't list",
        )

    def carry(self, file: str, work: Callable[[bytes], Result]) -> Result:
        """Run it on the file's content, or leave with every mistake."""
        try:
            return work(self.read(file))
        except ConfigurationError as error:
            lines = "\n".join(f"{file}:{problem}" for problem in error.problems)
            raise CommandError(f"Nothing was changed.\n{lines}") from None

    def read(self, file: str) -> bytes:
        """At most one byte more than is accepted."""
        try:
            with Path("/dev/stdin" if file == "-" else file).open("rb") as source:
                return source.read(MAX_BYTES + 1)
        except OSError as error:
            raise CommandError(f"Can't read {file}: {error.strerror}") from None
