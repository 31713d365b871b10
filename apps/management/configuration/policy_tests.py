"""The `tests` of servers in files: judged like stored ones."""

from collections.abc import Iterable, Iterator

from django.utils import timezone

from apps.directory.models import User
from apps.management.configuration.items import Item, PolicyTest
from apps.management.configuration.names import ClientNames
from apps.management.configuration.problems import Problem
from apps.oauth.simulation.cases import Case, judge_cases
from apps.servers.models import AuthorizationServer


def run_tests(servers: Iterable[Item], clients: ClientNames) -> list[Problem]:
    """Those that fail, against the rows as they are now."""
    return [problem for server in servers for problem in _run_server(server, clients)]


def _run_server(item: Item, clients: ClientNames) -> Iterator[Problem]:
    if not item.tests:
        return
    server = AuthorizationServer.objects.get(pk=item.key[0])
    cases = [_case(test, clients) for test in item.tests]
    results = judge_cases(server, cases, timezone.now())
    for test, result in zip(item.tests, results, strict=True):
        if result.problem:
            yield Problem(test.line, test.path, f"{test}: {result.problem}")


def _case(test: PolicyTest, clients: ClientNames) -> Case:
    return Case(
        client=clients.row_ids[clients.ours(test.client)],
        grant_type=test.grant_type,
        is_allowed=bool(test.expected_rule),
        user=User.objects.get(login=test.user).pk if test.user else "",
        scopes=test.scopes,
        rule_name=test.expected_rule,
    )
