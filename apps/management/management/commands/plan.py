"""`manage.py plan FILE`: what `apply` would change and revoke. Changes nothing."""

from functools import partial
from typing import Any

from apps.management.configuration.run import plan
from apps.management.configuration.show import plan_lines
from apps.management.management.commands._configuration import ConfigurationCommand


class Command(ConfigurationCommand):
    """Exit 0, or 1 when `apply` would refuse the file."""

    help = __doc__

    def handle(self, *args: Any, file: str, prune: bool = False, **options: Any) -> None:
        """Print the differences, then the tests that would fail."""
        result = self.carry(file, partial(plan, prune=prune))
        for line in plan_lines(result):
            self.stdout.write(line)
        if result.tests:
            self.stdout.write(f"Policy tests: {result.tests}, failing: {len(result.failed_tests)}.")
        for problem in result.failed_tests:
            self.stdout.write(f"{file}:{problem}")
