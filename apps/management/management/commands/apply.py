"""`manage.py apply FILE`: make things as the file says, in one transaction."""

from functools import partial
from pathlib import Path
from typing import Any

from apps.management.configuration.run import apply
from apps.management.configuration.show import change_lines, counts_line, secret_lines
from apps.management.management.commands._configuration import ConfigurationCommand


class Command(ConfigurationCommand):
    """Exit 1, and nothing changed, when anything in the file is wrong or one of its tests fails."""

    help = __doc__

    def handle(self, *args: Any, file: str, prune: bool = False, **options: Any) -> None:
        """Print what was changed, and what was generated, once."""
        result = self.carry(file, partial(apply, prune=prune, name=Path(file).name))
        for change in result.changes:
            for line in change_lines(change):
                self.stdout.write(line)
        done = counts_line(result).replace("to create", "created").replace("to change", "changed")
        self.stdout.write(
            f"Applied: {done.replace('to delete', 'deleted')}."
            if result.changes
            else "No difference."
        )
        if result.tests:
            self.stdout.write(f"Policy tests: {result.tests} passed.")
        for line in secret_lines(result.secrets):
            self.stdout.write(line)
