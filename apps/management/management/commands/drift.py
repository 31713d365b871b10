"""`manage.py drift FILE`: exit 0 when things are as the file says, 2 when not."""

import sys
from functools import partial
from typing import Any

from apps.management.configuration.run import drift
from apps.management.configuration.show import change_lines, counts_line
from apps.management.management.commands._configuration import ConfigurationCommand


class Command(ConfigurationCommand):
    """Reads only; with --prune also what the file's sections don't list is a difference."""

    help = __doc__

    def handle(self, *args: Any, file: str, prune: bool = False, **options: Any) -> None:
        """Print what `apply` would change."""
        result = self.carry(file, partial(drift, prune=prune))
        for change in result.changes:
            for line in change_lines(change):
                self.stdout.write(line)
        if result.changes:
            self.stdout.write(f"Drift: {counts_line(result)}.")
            sys.exit(2)
        self.stdout.write("No difference.")
