"""The policy tests that are stored, in the words of the file."""

from collections import Counter
from collections.abc import Iterator, Mapping

from apps.directory.models import User
from apps.management.configuration import schema
from apps.management.configuration.items import Item
from apps.management.configuration.names import ClientNames
from apps.management.configuration.values import Expected
from apps.policies.models import PolicyTest, Rule
from apps.servers.models import AuthorizationServer

GONE = ""  # what a client or user is called that is there no more; of a rule, None


def current_tests(server: AuthorizationServer, path: str, clients: ClientNames) -> Iterator[Item]:
    """Those of the server."""
    rows = list(server.policy_tests.all())
    if not rows:
        return
    users = dict(
        User.objects.filter(pk__in={row.user_id for row in rows}).values_list("pk", "login")
    )
    rules = _rules(server)
    for row in rows:
        values = {
            "name": row.name,
            "client": clients.by_row.get(row.client_id, GONE),
            "user": users.get(row.user_id, GONE) if row.user_id else None,
            "grantType": row.grant_type,
            "scopes": tuple(row.scopes),
            "expect": _expected(row, rules),
        }
        yield Item(schema.TESTS, (row.name,), values, path=f"{path}[{row.name}]", row=row)


def is_about_gone(item: Item) -> bool:
    """Whether it is a test that names what is there no more: no file can say that."""
    if item.kind is not schema.TESTS or item.row is None:
        return False
    values = item.values
    return values["client"] == GONE or values["user"] == GONE or values["expect"] is None


def _rules(server: AuthorizationServer) -> dict[str, Expected]:
    """By the id of each rule, the test that expects it."""
    found = Rule.objects.filter(policy__server=server).values_list("pk", "name", "policy__name")
    count = Counter(name for _, name, _ in found)
    return {pk: Expected(True, name, policy, count[name] > 1) for pk, name, policy in found}


def _expected(row: PolicyTest, rules: Mapping[str, Expected]) -> Expected | None:
    if row.rule_id:
        return rules.get(row.rule_id)
    return Expected(row.outcome == PolicyTest.Outcome.ALLOW)
