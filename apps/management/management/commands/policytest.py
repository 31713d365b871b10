"""`manage.py policytest`: run the stored policy tests; the exit code is for CI."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.oauth.simulation.cases import run_tests
from apps.policies.models import PolicyTest
from apps.servers.models import AuthorizationServer


class Command(BaseCommand):
    """Exit code 0 when all pass, 1 when any fails."""

    help = "Run the policy tests of all authorization servers, or of one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--server", default="", help="the id of one authorization server")

    def handle(self, *args: Any, **options: Any) -> None:
        """A line for each test."""
        servers = AuthorizationServer.objects.order_by("name")
        if options["server"]:
            servers = servers.filter(pk=options["server"])
            if not servers.exists():
                raise CommandError(f"There is no authorization server {options['server']}.")
        outcomes = [is_good for server in servers for is_good in self._run(server)]
        failed = outcomes.count(False)
        self.stdout.write(f"Policy tests: {len(outcomes)}, failing: {failed}.")
        if failed:
            raise SystemExit(1)

    def _run(self, server: AuthorizationServer) -> list[bool]:
        tests = list(PolicyTest.objects.filter(server=server).order_by("name", "pk"))
        results = run_tests(server, tests, timezone.now())
        for test, result in zip(tests, results, strict=True):
            line = f"no  {server.name}: {test.name}: {result.problem}"
            self.stdout.write(line if result.problem else f"ok  {server.name}: {test.name}")
        return [not result.problem for result in results]
