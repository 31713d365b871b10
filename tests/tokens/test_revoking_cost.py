"""R15: what a revoking change costs doesn't depend on how much it ends: it writes epochs and paths,
the outbox and the log, and never looks at tokens or members."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.clients.services import (
    assign_group,
    deactivate_client,
    unassign_group,
    unassign_user,
    update_client,
)
from apps.directory.models import Group
from apps.directory.services import deactivate_user, set_password, suspend_user
from apps.policies.services import deactivate_policy, deactivate_rule
from apps.servers.services import deactivate_server, revoke_all_tokens, update_server
from apps.tokens.consents import withdraw_consent
from tests.factories import TESTER, make_group, make_user
from tests.oauth.grants_fixture import World, client_credentials, make_world, sign_in

pytestmark = pytest.mark.django_db
BIG = ("tokens_grant", "tokens_accesstoken", "directory_groupmembership")


@dataclass(frozen=True)
class Crowd:
    """A world with so many members of its group, each with tokens."""

    world: World
    group: Group


def make_crowd(members: int) -> Crowd:
    """Everyone signed in, and tokens of the client's own."""
    world = make_world(token_format="opaque")
    users = [world.user, *(make_user() for _ in range(members - 1))]
    group = make_group(*users)
    assign_group(actor=TESTER, client=world.client, group=group)
    for user in users:
        sign_in(replace(world, user=user))
        client_credentials(world)
    return Crowd(world, group)


def of_server(service: Callable[..., object], **fields: str) -> Callable[[Crowd], object]:
    return lambda one: service(actor=TESTER, server_id=one.world.server.pk, **fields)


def of_user(service: Callable[..., object], **fields: str) -> Callable[[Crowd], object]:
    return lambda one: service(actor=TESTER, user=one.world.user, **fields)


def of_client(service: Callable[..., object], **fields: object) -> Callable[[Crowd], object]:
    return lambda one: service(actor=TESTER, client=one.world.client, **fields)


CHANGES: dict[str, Callable[[Crowd], object]] = {
    "user deactivated": of_user(deactivate_user),
    "user suspended": of_user(suspend_user),
    "password changed": of_user(set_password, password="another good battery staple"),
    "client deactivated": of_client(deactivate_client),
    "client changed": of_client(update_client, redirect_uris=["https://new.example.com/cb"]),
    "server deactivated": of_server(deactivate_server),
    "audience changed": of_server(update_server, audience="api://new"),
    "group loses a client": lambda one: unassign_group(
        actor=TESTER, client=one.world.client, group=one.group
    ),
    "user loses a client": lambda one: unassign_user(
        actor=TESTER, client=one.world.client, user=one.world.user
    ),
    "rule deactivated": lambda one: deactivate_rule(
        actor=TESTER, server_id=one.world.server.pk, rule_id=one.world.rule.pk
    ),
    "policy deactivated": lambda one: deactivate_policy(
        actor=TESTER, server_id=one.world.server.pk, policy_id=one.world.policy.pk
    ),
    "consent withdrawn": lambda one: withdraw_consent(
        actor=TESTER, user=one.world.user, client=one.world.client
    ),
    "everything revoked": lambda one: revoke_all_tokens(actor=TESTER),
}


def statements(change: Callable[[Crowd], object], members: int) -> list[str]:
    """What the change sends, with the values left out."""
    crowd = make_crowd(members)
    with CaptureQueriesContext(connection) as seen:
        change(crowd)
    return [query["sql"] for query in seen]


@pytest.mark.parametrize("name", CHANGES)
def test_r15_a_change_is_as_many_statements_whatever_it_ends(name: str) -> None:
    few, many = (statements(CHANGES[name], members) for members in (1, 12))
    assert len(few) == len(many)
    assert [sql for sql in many for table in BIG if table in sql] == []
