"""Changes that end what a world's tokens stand on, for tests that let them meet a request."""

from collections.abc import Callable

from apps.clients.services import deactivate_client, unassign_user
from apps.directory.services import deactivate_user
from apps.policies.services import delete_rule
from apps.servers.services import deactivate_server, revoke_all_tokens
from tests.factories import TESTER
from tests.oauth.grants_fixture import World

Ending = Callable[[World], object]


def end_user(world: World) -> None:
    deactivate_user(actor=TESTER, user=world.user)


def end_assignment(world: World) -> None:
    unassign_user(actor=TESTER, client=world.client, user=world.user)


def end_client(world: World) -> None:
    deactivate_client(actor=TESTER, client=world.client)


def end_server(world: World) -> None:
    deactivate_server(actor=TESTER, server_id=world.server.pk)


def end_rule(world: World) -> None:
    delete_rule(actor=TESTER, server_id=world.server.pk, rule_id=world.rule.pk)


def end_everything(world: World) -> None:
    revoke_all_tokens(actor=TESTER)


ENDINGS: tuple[Ending, ...] = (
    end_user,
    end_assignment,
    end_client,
    end_server,
    end_rule,
    end_everything,
)
