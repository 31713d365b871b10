"""Policy tests judged: stored ones, and those of configuration files.

By the rows as they are in this transaction, never by what a process has compiled: the state may be
taken back, and then its version will name another one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.clients.compile import snapshot_of
from apps.clients.models import Client
from apps.directory.models import Status
from apps.oauth.facts import access_request
from apps.oauth.simulation.obstacles import Obstacle, client_obstacles
from apps.oauth.simulation.people import readings_of
from apps.policies.compile import compile_policies
from apps.policies.models import PolicyTest
from apps.servers.compile import compile_book, compile_scope
from apps.servers.models import AuthorizationServer
from apps.tokens.store import Reading
from authzsite.domain.client import ClientSnapshot
from authzsite.domain.grant_types import has_user
from authzsite.domain.policy import Explanation, PolicyBook, explain


@dataclass(frozen=True, slots=True)
class Case:
    """Who asks for what, by row ids, and what is expected. Of an allowed one the rule may be named
    by its id or its name."""

    client: str
    grant_type: str
    is_allowed: bool
    user: str = ""
    scopes: tuple[str, ...] = ()
    rule_id: str = ""
    rule_name: str = ""

    @property
    def expected(self) -> str:
        """In words."""
        if not self.is_allowed:
            return _("a denial")
        named = _("rule %(name)s") % {"name": self.rule_name or self.rule_id}
        return named if self.rule else _("a grant")

    @property
    def rule(self) -> str:
        """The rule that has to decide, if one was named."""
        return self.rule_id or self.rule_name


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a case. `problem` says how it differs from what is expected; empty when it
    doesn't."""

    problem: str = ""
    explanation: Explanation | None = None


def judge_cases(
    server: AuthorizationServer,
    cases: Sequence[Case],
    now: datetime,
    *,
    is_everyone_activated: bool = False,
) -> tuple[Result, ...]:
    """Each case, in order: eleven statements however many. That the server is inactive doesn't
    count, so that one can be prepared; nor, if everyone is to count as activated, that somebody
    hasn't chosen a password yet."""
    if not cases:
        return ()
    book = book_of(server)
    clients = clients_of({case.client for case in cases})
    readings = readings_of({(case.client, case.user) for case in cases}, now)
    if is_everyone_activated:
        readings = {pair: _activated(reading) for pair, reading in readings.items()}
    return tuple(
        _judge(case, server, book, clients, readings[case.client, case.user], now) for case in cases
    )


def _activated(reading: Reading) -> Reading:
    if reading.user is None or reading.user.status != Status.PROVISIONED:
        return reading
    return replace(reading, user=replace(reading.user, status=Status.ACTIVE.value))


def book_of(server: AuthorizationServer) -> PolicyBook:
    """What evaluation reads of the server, as the rows are now."""
    scopes = {row.name: compile_scope(row) for row in server.scopes.all()}
    return compile_book(server, scopes, compile_policies(server.pk))


def clients_of(ids: Iterable[str]) -> dict[str, ClientSnapshot]:
    """The clients by row id, as the rows are now."""
    found = Client.objects.select_related("token_policy").prefetch_related("secrets")
    return {row.pk: snapshot_of(row) for row in found.filter(pk__in=set(ids))}


def _judge(
    case: Case,
    server: AuthorizationServer,
    book: PolicyBook,
    clients: Mapping[str, ClientSnapshot],
    reading: Reading,
    now: datetime,
) -> Result:
    client = clients.get(case.client)
    if client is None:
        return Result(_("its client doesn't exist any more"))
    if has_user(case.grant_type) and reading.user is None:
        return Result(_("its user doesn't exist any more"))
    request = access_request(
        server,
        client,
        reading,
        grant_type=case.grant_type,
        requested=case.scopes or None,
        now=now,
    )
    found = explain(book, request)
    barred = client_obstacles(server, client, case.grant_type)
    names = {rule.id: rule.name for policy in book.policies for rule in policy.rules}
    named = replace(case, rule_name=case.rule_name or names.get(case.rule_id, ""))
    return Result(_mismatch(named, found, barred), found)


def _mismatch(case: Case, found: Explanation, barred: Sequence[Obstacle]) -> str:
    decision = found.decision
    is_allowed = decision.is_allowed and not barred
    is_met = is_allowed is case.is_allowed
    if is_met and case.is_allowed and case.rule:
        is_met = case.rule in (decision.rule_id, decision.rule_name)
    told = barred[0].text if barred else found.headline
    words = _("expected %(outcome)s, but: %(told)s")
    return "" if is_met else words % {"outcome": case.expected, "told": told}


def case_of(test: PolicyTest) -> Case:
    """A stored test as a case."""
    return Case(
        client=test.client_id,
        grant_type=test.grant_type,
        is_allowed=test.outcome == PolicyTest.Outcome.ALLOW,
        user=test.user_id,
        scopes=tuple(test.scopes),
        rule_id=test.rule_id,
    )


def run_tests(
    server: AuthorizationServer, tests: Sequence[PolicyTest], now: datetime
) -> tuple[Result, ...]:
    """The stored tests, in order."""
    return judge_cases(server, [case_of(test) for test in tests], now)


def judged_tests(server_id: str) -> list[tuple[PolicyTest, Result]]:
    """The server's tests in the order of their names, each as it stands in this transaction."""
    tests = list(PolicyTest.objects.filter(server=server_id).select_related("server"))
    if not tests:
        return []
    return list(zip(tests, run_tests(tests[0].server, tests, timezone.now()), strict=True))


class StoredTests:
    """The judge behind every change (`servers.services.tested`)."""

    def has_tests(self, server_id: str) -> bool:
        """Whether the server has any."""
        return PolicyTest.objects.filter(server=server_id).exists()

    def verdicts(self, server_id: str) -> Mapping[str, str]:
        """By the id of each test, why it fails."""
        return {
            test.pk: result.problem and f"{test.name}: {result.problem}"
            for test, result in judged_tests(server_id)
        }
