"""`manage.py policytest`: run the stored policy tests; exit code and JUnit file are for CI."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.oauth.simulation.cases import Result, judged_tests
from apps.policies.models import PolicyTest
from apps.servers.models import AuthorizationServer

Judged = Sequence[tuple[PolicyTest, Result]]
Suites = Sequence[tuple[AuthorizationServer, Judged]]
NO_XML: Final = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")


class Command(BaseCommand):
    """Exit code 0 when all pass, 1 when any fails."""

    help = "Run the policy tests of all authorization servers, or of one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--server", default="", help="the id of one authorization server")
        parser.add_argument("--junit", default="", metavar="FILE", help="write a JUnit report")

    def handle(self, *args: Any, **options: Any) -> None:
        """A line for each test."""
        servers = AuthorizationServer.objects.order_by("name")
        if options["server"]:
            servers = servers.filter(pk=options["server"])
            if not servers.exists():
                raise CommandError(f"There is no authorization server {options['server']}.")
        suites = [(server, judged_tests(server.pk)) for server in servers]
        if options["junit"]:
            _write(suites, Path(options["junit"]))
        problems = [result.problem for server, judged in suites for _test, result in judged]
        for server, judged in suites:
            self._tell(server, judged)
        failed = sum(map(bool, problems))
        self.stdout.write(f"Policy tests: {len(problems)}, failing: {failed}.")
        if failed:
            raise SystemExit(1)

    def _tell(self, server: AuthorizationServer, judged: Judged) -> None:
        for test, result in judged:
            line = f"no  {server.name}: {test.name}: {result.problem}"
            self.stdout.write(line if result.problem else f"ok  {server.name}: {test.name}")


def _write(suites: Suites, path: Path) -> None:
    """The report; CommandError when the file can't be written."""
    try:
        ElementTree.ElementTree(junit(suites)).write(path, encoding="utf-8", xml_declaration=True)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error


def junit(suites: Suites) -> ElementTree.Element:
    """`<testsuites>` as CI systems read it: a suite for each server, a case for each test. `time`
    is demanded by the format; a test is no work."""
    found = [_suite(server, judged) for server, judged in suites]
    totals = {
        name: str(sum(int(one.attrib[name]) for one in found))
        for name in ("tests", "failures", "errors")
    }
    root = ElementTree.Element("testsuites", {"name": "policytest", **totals, "time": "0"})
    root.extend(found)
    return root


def _suite(server: AuthorizationServer, judged: Judged) -> ElementTree.Element:
    failures = sum(bool(result.problem) for _test, result in judged)
    numbers = {"tests": str(len(judged)), "failures": str(failures), "errors": "0"}
    suite = ElementTree.Element("testsuite", {"name": _text(server.name), **numbers, "time": "0"})
    for test, result in judged:
        about = {"classname": _text(server.pk), "name": _text(test.name), "time": "0"}
        case = ElementTree.SubElement(suite, "testcase", about)
        if result.problem:
            message = {"message": _text(result.problem), "type": "PolicyTestFailure"}
            told = result.explanation.headline if result.explanation else result.problem
            ElementTree.SubElement(case, "failure", message).text = _text(told)
    return suite


def _text(words: str) -> str:
    """Without characters that XML can't hold."""
    return NO_XML.sub("\ufffd", words)
