"""The revocations that are measured, each with what undoes it so that it can be timed again."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q

from apps.clients.services import activate_client, assign_group, deactivate_client, unassign_group
from apps.directory.models import User
from apps.directory.services import deactivate_user
from apps.servers.services import activate_server, deactivate_server, revoke_all_tokens
from apps.tokens.models import Grant
from authzsite.domain.tokens import parse_refresh
from tests.bench.revocation.world import World
from tests.factories import TESTER

Action = Callable[[World, Any], object]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One kind of revocation. `reach` selects the rows that the first one ends; `each`: the n-th
    one is of the owner of the n-th probe, and ends that one only."""

    title: str
    probes: str
    reach: Callable[[World], Q]
    change: Action
    undo: Action = lambda world, user: None
    each: bool = False


def owner(world: World, place: int) -> User:
    """Whose the n-th probe is."""
    _, token = world.probes["user"][place]
    text = parse_refresh(token)
    assert text
    return User.objects.get(pk=Grant.objects.get(pk=text.grant_id).user_id)


SCENARIOS: Final = (
    Scenario(
        "a user deactivated",
        "user",
        lambda world: Q(user_id=owner(world, 0).pk),
        lambda world, user: deactivate_user(actor=TESTER, user=user),
        each=True,
    ),
    Scenario(
        "a client deactivated",
        "big",
        lambda world: Q(client_id=world.big.pk),
        lambda world, user: deactivate_client(actor=TESTER, client=world.big),
        lambda world, user: activate_client(actor=TESTER, client=world.big),
    ),
    Scenario(
        "a group loses a client",
        "group",
        lambda world: Q(client_id=world.of_group.pk),
        lambda world, user: unassign_group(actor=TESTER, client=world.of_group, group=world.group),
        lambda world, user: assign_group(actor=TESTER, client=world.of_group, group=world.group),
    ),
    Scenario(
        "a server deactivated",
        "server",
        lambda world: Q(server_id=world.servers[2].pk),
        lambda world, user: deactivate_server(actor=TESTER, server_id=world.servers[2].pk),
        lambda world, user: activate_server(actor=TESTER, server_id=world.servers[2].pk),
    ),
    Scenario(
        "everything revoked",
        "rest",
        lambda world: Q(),
        lambda world, user: revoke_all_tokens(actor=TESTER),
    ),
)
