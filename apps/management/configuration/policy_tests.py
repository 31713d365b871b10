"""The `tests` of servers: the same facts and the same evaluation as for a real request."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.utils import timezone

from apps.clients.compile import compile_client
from apps.directory.models import User
from apps.management.configuration.items import Item, PolicyTest
from apps.management.configuration.names import ClientNames
from apps.management.configuration.problems import Problem
from apps.oauth.facts import access_request
from apps.oauth.runtime import issuer_of
from apps.policies.compile import compile_policies
from apps.servers.compile import compile_server
from apps.tokens.django_store import DjangoStore
from apps.tokens.drive import drive
from apps.tokens.store import NOTHING, Lookup
from authzsite.domain.policy import Explanation, explain
from authzsite.domain.server import ServerSnapshot


def run_tests(servers: Iterable[Item], clients: ClientNames) -> list[Problem]:
    """Those that fail, against the rows as they are now."""
    return [problem for server in servers for problem in _run_server(server, clients)]


def _run_server(server: Item, clients: ClientNames) -> Iterator[Problem]:
    if not server.tests:
        return
    server_id, now = server.key[0], timezone.now()
    # Not from the process's cache: this state may be taken back.
    snapshot = compile_server(
        server_id, issuer=issuer_of(server_id), compile_policies=compile_policies
    )
    for test in server.tests:
        found = explain_test(test, snapshot, clients, now)
        if message := _mismatch(test, found):
            yield Problem(test.line, test.path, message)


def explain_test(
    test: PolicyTest, server: ServerSnapshot, clients: ClientNames, now: datetime
) -> Explanation:
    """The decision about one case."""
    client = compile_client(clients.row_ids[clients.ours(test.client)])
    user = User.objects.get(login=test.user).pk if test.user else ""
    lookup = Lookup(user=user, profile=True) if user else NOTHING
    reading = drive(DjangoStore().read(server.id, client.client_id, lookup, now))
    request = access_request(
        server, client, reading, grant_type=test.grant_type, requested=test.scopes or None, now=now
    )
    return explain(server.book, request)


def _mismatch(test: PolicyTest, found: Explanation) -> str:
    """How the decision differs from what is expected; empty when it doesn't."""
    decision = found.decision
    expected = f"rule {test.expected_rule}" if test.expected_rule else "a denial"
    is_met = (
        decision.is_allowed and decision.rule_name == test.expected_rule
        if test.expected_rule
        else not decision.is_allowed
    )
    return "" if is_met else f"{test}: expected {expected}, but: {found.headline}"
