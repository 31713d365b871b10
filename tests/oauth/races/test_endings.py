"""Rows 141 and 142 with real connections: refreshes meet the end of what they stand on.

After the end was acknowledged nothing of the family is alive, whatever a racing refresh was
answered; and nothing comes back when the change is undone (R16).
"""

from functools import partial
from typing import Any

import pytest

from apps.clients.services import activate_client, assign_user
from apps.directory.services import activate_user
from apps.oauth.throttle import counts
from apps.servers.services import activate_server
from tests.factories import TESTER
from tests.oauth.grants_fixture import (
    World,
    client_credentials,
    make_world,
    refresh,
    revoke,
    sign_in,
)
from tests.oauth.races.endings import Ending, end_client, end_server, end_user
from tests.oauth.watching import tokens_in, watch
from tests.races import at_once, failures

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
THREADS, TRIALS = 10, 20


def undo_user(world: World) -> None:
    activate_user(actor=TESTER, user=world.user)
    assign_user(actor=TESTER, client=world.client, user=world.user)


def undo_client(world: World) -> None:
    activate_client(actor=TESTER, client=world.client)


def undo_server(world: World) -> None:
    activate_server(actor=TESTER, server_id=world.server.pk)


def race(world: World, ending: Any) -> list[Any]:
    """The answers to refreshes that meet the ending; several times, so that it hits each of them
    somewhere else."""
    counts.clear()  # requests of a client that is off count as failed ones
    first = sign_in(world)
    results = at_once(*[partial(refresh, world, first.refresh)] * THREADS, ending(first))
    assert failures(results) == []
    return [first, *tokens_in(results[:-1])]


@pytest.mark.parametrize("token_format", ["jwt", "opaque"])
def test_141_after_a_revocation_nothing_of_the_family_is_alive(token_format: str) -> None:
    world = make_world(leeway=30, token_format=token_format)
    watcher = watch(world)
    for _ in range(TRIALS):
        tokens = race(world, lambda first: partial(revoke, world, first.refresh))

        assert watcher.alive(*tokens) == []


@pytest.mark.parametrize(
    ("end", "undo"),
    [(end_user, undo_user), (end_client, undo_client), (end_server, undo_server)],
    ids=["user", "client", "server"],
)
def test_142_after_a_deactivation_nothing_of_before_is_alive(end: Ending, undo: Ending) -> None:
    world = make_world(leeway=30)
    watcher = watch(world)
    for _ in range(TRIALS):
        own = client_credentials(world)
        tokens = race(world, lambda first: partial(end, world))

        assert watcher.alive(*tokens) == []
        undo(world)
        gone = [] if end is end_user else [own]  # the client's own token doesn't stand on a user
        assert watcher.alive(*tokens, *gone) == []
