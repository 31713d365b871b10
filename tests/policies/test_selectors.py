"""Who uses what: asked before a rename or deletion."""

from typing import Any

import pytest

from apps.clients.models import Client
from apps.directory.models import Group
from apps.policies.models import Policy
from apps.policies.selectors import (
    policies_covering_client,
    policies_naming_client,
    policies_of,
    rules_naming_group,
    rules_naming_user,
    used_by_scope,
)
from tests.factories import make_claim, make_policy, make_rule, make_server

pytestmark = pytest.mark.django_db


@pytest.fixture
def policy() -> Policy:
    return make_policy(make_server("orders"))


def test_policies_come_in_order_with_their_rules(
    policy: Policy, django_assert_num_queries: Any
) -> None:
    make_rule(policy, name="B")
    make_rule(policy, name="A", priority=1)
    with django_assert_num_queries(2):
        found = [
            (one.name, [rule.name for rule in one.rules.all()]) for one in policies_of("orders")
        ]
    assert found == [(policy.name, ["A", "B"])]


def test_a_scope_is_used_by_the_rules_and_claims_that_name_it(policy: Policy) -> None:
    rule = make_rule(policy, scopes=["orders:read"])
    make_rule(policy, scopes=["orders:read.all"])
    make_rule(policy, scopes=["ORDERS:READ"])
    make_rule(policy, scopes=["*"])
    make_rule(make_policy(make_server()), scopes=["orders:read"])
    claim = make_claim(policy.server, "x", "user.email", scopes=["orders:read"])
    use = used_by_scope("orders", "orders:read")
    assert (use.rules, use.claims) == ((rule,), (claim,))


def test_a_group_is_used_by_the_rules_that_include_or_exclude_it(policy: Policy) -> None:
    group = Group.objects.create(name="Warehouse")
    people = {"type": "people", "include_groups": ["EVERYONE"], "exclude_groups": [group.pk]}
    rules = [make_rule(policy, groups=[group.pk]), make_rule(policy, conditions=[people])]
    make_rule(policy)
    assert rules_naming_group(group.pk) == rules
    assert rules_naming_user(group.pk) == []


def test_a_client_is_named_by_some_policies_and_covered_by_more(policy: Policy) -> None:
    client = Client.objects.create(client_id="shop", name="Shop", type="web")
    named = make_policy(policy.server, clients=[client.pk])
    make_policy(policy.server, clients=[])
    assert policies_naming_client(client.pk) == [named]
    assert policies_covering_client(client.pk, "orders") == [policy, named]
