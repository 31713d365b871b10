"""The `tests` of servers in files: stored with the rest, then judged like any."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from django.utils import timezone

from apps.management.configuration.items import Item
from apps.management.configuration.problems import Problem
from apps.oauth.simulation.cases import case_of, judge_cases
from apps.policies.models import PolicyTest, Rule
from apps.servers.models import AuthorizationServer
from apps.servers.services.tested import Failure


def run_tests(servers: Iterable[Item]) -> list[Problem]:
    """Those of the files' that fail, against the rows as they are now."""
    return [problem for server in servers for problem in _run_server(server)]


def not_listed(failures: Iterable[Failure], servers: Iterable[Item]) -> list[Problem]:
    """Stored tests that the change has broken, but for those of the file, which are judged
    anyway."""
    listed = {(server.key[0], test.key[0]) for server in servers for test in _tests(server)}
    named = {
        row.pk: (row.server_id, row.name)
        for row in PolicyTest.objects.filter(pk__in={one.test_id for one in failures})
    }
    return [
        Problem(0, "", f"policy test {one}")
        for one in failures
        if named.get(one.test_id) not in listed
    ]


def _tests(server: Item) -> tuple[Item, ...]:
    return server.sections.get("tests", ())


def _run_server(item: Item) -> Iterator[Problem]:
    if not _tests(item):
        return
    server = AuthorizationServer.objects.get(pk=item.key[0])
    rows = {row.name: row for row in PolicyTest.objects.filter(server=server)}
    rules = dict(Rule.objects.filter(policy__server=server).values_list("pk", "name"))
    cases = [
        replace(case_of(row), rule_name=rules.get(row.rule_id, ""))
        for row in (rows[test.key[0]] for test in _tests(item))
    ]
    # A file has no passwords, so people are ACTIVE for it before they have chosen one.
    results = judge_cases(server, cases, timezone.now(), is_everyone_activated=True)
    for test, result in zip(_tests(item), results, strict=True):
        if result.problem:
            yield Problem(test.line, test.path, f"{test.name}: {result.problem}")
