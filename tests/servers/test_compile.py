"""The snapshot: frozen, and of exactly one version."""

import dataclasses
from typing import Any

import pytest

from apps.policies.compile import compile_policies
from apps.servers.compile import compile_server
from apps.servers.models import AuthorizationServer
from apps.servers.services import create_scope
from authzsite.domain.policy_types import Policy
from tests.factories import TESTER, make_policy, make_rule, make_scope, make_server
from tests.servers.snapshots import snapshot

pytestmark = pytest.mark.django_db


@pytest.fixture
def server() -> AuthorizationServer:
    return make_server("orders")


def test_a_snapshot_cannot_be_changed(server: AuthorizationServer) -> None:
    seen = snapshot(server)
    with pytest.raises(dataclasses.FrozenInstanceError):
        seen.version = 0  # type: ignore[misc]
    with pytest.raises(TypeError):
        seen.scopes["x"] = None  # type: ignore[index]


def test_its_epochs_are_those_of_everything_that_is_alive(server: AuthorizationServer) -> None:
    scope, policy = make_scope(server, "orders:read"), make_policy(server)
    rule = make_rule(policy)
    seeded = set(server.scopes.filter(is_system=True).values_list("epoch", flat=True))
    assert len(seeded) == server.scopes.filter(is_system=True).count()  # each its own
    assert snapshot(server).epochs == seeded | {scope.epoch, policy.epoch, rule.epoch}


def test_an_epoch_names_one_object(server: AuthorizationServer) -> None:
    made = [make_scope(server, f"s{n}").epoch for n in range(3)]
    made += [make_policy(server).epoch for _ in range(3)]
    made += [make_rule(make_policy(server)).epoch for _ in range(3)]
    assert len(set(made)) == len(made)


def test_a_change_in_between_makes_it_read_again(server: AuthorizationServer) -> None:
    calls = []

    def interrupted(server_id: str) -> tuple[Policy, ...]:
        calls.append(server_id)
        if len(calls) == 1:  # somebody saves after the version was read
            create_scope(actor=TESTER, server_id="orders", name="late")
        return compile_policies(server_id)

    seen = compile_server("orders", issuer="", compile_policies=interrupted)
    assert len(calls) == 2
    assert seen.version == server.version + 1 and "late" in seen.scopes


def test_an_unknown_server_does_not_exist() -> None:
    with pytest.raises(AuthorizationServer.DoesNotExist):
        compile_server("nobody", issuer="", compile_policies=compile_policies)


def test_compiling_reads_a_fixed_number_of_times(
    server: AuthorizationServer, django_assert_num_queries: Any
) -> None:
    for _ in range(3):
        make_rule(make_policy(server))
    with django_assert_num_queries(8):
        snapshot(server)
