"""Policies: what they may be, their order, and which changes kill what was issued under them (R8,
R15).
"""

from itertools import pairwise
from typing import Any

import pytest

from apps.clients.models import Client
from apps.policies.models import Policy
from apps.policies.services import (
    activate_policy,
    create_policy,
    deactivate_policy,
    delete_policy,
    reorder_policies,
    revoke_policy_tokens,
    update_policy,
)
from apps.servers.models import AuthorizationServer
from authzsite.domain.validation import InvalidError
from tests.factories import TESTER, make_policy, make_rule, make_server
from tests.servers.snapshots import changes_of, jobs, last_event, snapshot

pytestmark = pytest.mark.django_db


@pytest.fixture
def server() -> AuthorizationServer:
    return make_server("orders")


@pytest.fixture
def client_id() -> str:
    return Client.objects.create(client_id="shop", name="Shop", type="web").pk


def order(server: AuthorizationServer) -> list[tuple[str, int]]:
    return [(policy.name, policy.priority) for policy in snapshot(server).book.policies]


def test_r8_a_new_policy_goes_last_and_counts_from_one(server: AuthorizationServer) -> None:
    for name in ("A", "B", "C"):
        make_policy(server, name=name)
    assert order(server) == [("A", 1), ("B", 2), ("C", 3)]


@pytest.mark.parametrize(
    ("priority", "names"), [(1, "CAB"), (2, "ACB"), (3, "ABC"), (99, "ABC"), (None, "ABC")]
)
def test_r8_inserting_shifts_and_the_end_clamps(
    server: AuthorizationServer, priority: int | None, names: str
) -> None:
    make_policy(server, name="A")
    make_policy(server, name="B")
    policy = make_policy(server, name="C", priority=priority)
    assert order(server) == [(name, place) for place, name in enumerate(names, 1)]
    assert policy.priority == names.index("C") + 1


@pytest.mark.parametrize("priority", [0, -1, 10_001, True])
def test_a_priority_that_is_none_is_refused(
    server: AuthorizationServer, priority: int | None
) -> None:
    with pytest.raises(InvalidError, match="priority"):
        make_policy(server, priority=priority)


def test_moving_a_policy_shifts_the_others_and_kills_nothing(server: AuthorizationServer) -> None:
    policies = [make_policy(server, name=name) for name in "ABC"]
    before = snapshot(server)
    update_policy(actor=TESTER, server_id="orders", policy_id=policies[2].pk, priority=1)
    assert order(server) == [("C", 1), ("A", 2), ("B", 3)]
    assert snapshot(server).epochs == before.epochs and jobs() == []
    assert changes_of(last_event("policy.lifecycle.update")) == {"priority": (3, 1)}


def test_r15_a_whole_new_order_kills_nothing(server: AuthorizationServer) -> None:
    ids = [make_policy(server, name=name).pk for name in "ABC"]
    before = snapshot(server)
    reorder_policies(actor=TESTER, server_id="orders", policy_ids=[ids[2], ids[0], ids[1]])
    after = snapshot(server)
    assert order(server) == [("C", 1), ("A", 2), ("B", 3)]
    assert after.epochs == before.epochs and after.version == before.version + 1


@pytest.mark.parametrize("drop", ["one missing", "one twice", "one unknown"])
def test_an_order_that_is_not_the_whole_order_is_refused(
    server: AuthorizationServer, drop: str
) -> None:
    ids = [make_policy(server, name=name).pk for name in "AB"]
    bad = {"one missing": ids[:1], "one twice": [*ids, ids[0]], "one unknown": [*ids, "00pX"]}
    with pytest.raises(InvalidError, match="exactly once"):
        reorder_policies(actor=TESTER, server_id="orders", policy_ids=bad[drop])
    assert order(server) == [("A", 1), ("B", 2)]


def test_deleting_closes_the_gap(server: AuthorizationServer) -> None:
    ids = [make_policy(server, name=name).pk for name in "ABC"]
    delete_policy(actor=TESTER, server_id="orders", policy_id=ids[0])
    assert order(server) == [("B", 1), ("C", 2)]


@pytest.mark.parametrize(("field", "value"), [("name", "Z"), ("description", "Why it is there")])
def test_r15_name_and_description_kill_nothing(
    server: AuthorizationServer, field: str, value: Any
) -> None:
    policy = make_policy(server)
    update_policy(actor=TESTER, server_id="orders", policy_id=policy.pk, **{field: value})
    assert policy.epoch in snapshot(server).epochs and jobs() == []


def test_r15_another_list_of_clients_kills_what_was_issued_under_the_policy(
    server: AuthorizationServer, client_id: str
) -> None:
    policy = make_policy(server)
    update_policy(actor=TESTER, server_id="orders", policy_id=policy.pk, clients=[client_id])
    assert policy.epoch not in snapshot(server).epochs
    assert snapshot(server).book.policies[0].client_ids == {client_id}
    assert jobs() == [("policy", "policy changed")]


def test_one_meaning_has_one_spelling(server: AuthorizationServer, client_id: str) -> None:
    policy = make_policy(server, clients=[client_id, client_id, "ALL_CLIENTS"])
    assert policy.clients == ["ALL_CLIENTS"]


def test_a_policy_names_clients_that_exist_but_outlives_them(
    server: AuthorizationServer, client_id: str
) -> None:
    with pytest.raises(InvalidError, match="names no client: 0oaNobody"):
        make_policy(server, clients=["0oaNobody"])
    policy = make_policy(server, clients=[client_id])
    Client.objects.all().delete()
    update_policy(actor=TESTER, server_id="orders", policy_id=policy.pk, name="Still here")


def test_r15_r16_deactivating_kills_and_activating_revives_nothing(
    server: AuthorizationServer,
) -> None:
    policy = make_policy(server)
    deactivate_policy(actor=TESTER, server_id="orders", policy_id=policy.pk)
    assert not snapshot(server).book.policies[0].is_active
    activate_policy(actor=TESTER, server_id="orders", policy_id=policy.pk)
    seen = snapshot(server)
    assert seen.book.policies[0].is_active and policy.epoch not in seen.epochs


def test_r15_an_inactive_policy_takes_its_rules_with_it(server: AuthorizationServer) -> None:
    policy = make_policy(server)
    rule = make_rule(policy)
    deactivate_policy(actor=TESTER, server_id="orders", policy_id=policy.pk)
    assert rule.epoch not in snapshot(server).epochs


def test_r18_ending_what_was_issued_under_a_policy(server: AuthorizationServer) -> None:
    policy = make_policy(server)
    revoke_policy_tokens(actor=TESTER, server_id="orders", policy_id=policy.pk)
    assert policy.epoch not in snapshot(server).epochs and jobs() == [("policy", "revoked")]


def test_names_are_unique_per_server(server: AuthorizationServer) -> None:
    make_policy(server, name="A")
    make_policy(make_server(), name="A")
    with pytest.raises(InvalidError, match="name: is already in use"):
        create_policy(actor=TESTER, server_id="orders", name="A")


def test_a_policy_without_a_description_is_described_by_its_name(
    server: AuthorizationServer,
) -> None:
    assert make_policy(server, name="A").description == "A"


def test_a_policy_of_another_server_is_not_found(server: AuthorizationServer) -> None:
    with pytest.raises(Policy.DoesNotExist):
        delete_policy(actor=TESTER, server_id="orders", policy_id=make_policy(make_server()).pk)


def test_r24_events_name_the_kind_of_policy(server: AuthorizationServer) -> None:
    make_policy(server, name="A")
    target = last_event("policy.lifecycle.create").body["target"][0]
    assert target["type"] == "Policy"
    assert target["detailEntry"] == {"policy_type": "OAuthAuthzPolicy"}


def test_every_change_has_a_version_of_its_own(server: AuthorizationServer) -> None:
    versions = [make_policy(server).epoch for _ in range(5)]
    assert all(later == earlier + 1 for earlier, later in pairwise(versions))


@pytest.mark.parametrize("clients", ["ALL_CLIENTS", None, [7], [{}], ["\0"], {"a": 1}])
def test_a_list_of_clients_is_a_list_of_texts(server: AuthorizationServer, clients: Any) -> None:
    with pytest.raises(InvalidError, match="clients: must"):
        make_policy(server, clients=clients)
