"""Administrators who save at the same moment: their changes come one after the other."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from apps.policies.models import Policy
from apps.servers.models import AuthorizationServer
from apps.servers.services import rotate_keys
from tests.factories import TESTER, make_policy, make_server

pytestmark = pytest.mark.django_db(transaction=True)
TIMES = 6


def at_once(action: Callable[[int], object]) -> list[object]:
    """Run the action several times in threads of their own, each with its own connection."""

    def run(number: int) -> object:
        try:
            return action(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(TIMES) as pool:
        return list(pool.map(run, range(TIMES)))


def test_policies_made_at_once_get_places_and_epochs_of_their_own() -> None:
    server = make_server("orders")
    at_once(lambda number: make_policy(server, name=f"P{number}", priority=1))
    rows = Policy.objects.filter(server=server).order_by("priority")
    assert [row.priority for row in rows] == list(range(1, TIMES + 1))
    assert sorted(row.epoch for row in rows) == [server.version + n for n in range(1, TIMES + 1)]


def test_rotations_at_once_leave_one_key_that_signs() -> None:
    server = make_server("orders")
    at_once(lambda _: rotate_keys(actor=TESTER, server_id="orders"))
    states = list(server.keys.values_list("state", flat=True))
    assert (states.count("CURRENT"), states.count("NEXT")) == (1, 1)
    assert AuthorizationServer.objects.get(pk="orders").version == server.version + TIMES
