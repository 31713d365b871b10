"""F18: others take all connections of PostgreSQL: 503 with Retry-After, fast, and it recovers alone
(I8)."""

from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import psycopg
import pytest

from tests.faults.load import ask, ask_together
from tests.faults.servers import Postgres, wait_until
from tests.faults.service_world import ServiceWorld, assert_unavailable
from tests.processes import Installation

pytestmark = [pytest.mark.postgres]
Served = tuple[Installation, ServiceWorld]
FAST = 10.0  # seconds; it takes two


@pytest.fixture
def few(cluster: Postgres) -> Iterator[Postgres]:
    """The server with room for few."""
    cluster.stop()
    cluster.settings["max_connections"] = "20"
    cluster.start()
    yield cluster
    cluster.stop()
    del cluster.settings["max_connections"]
    cluster.start()


def take_all(cluster: Postgres, stack: ExitStack) -> None:
    """Until there is none left, not even for a superuser."""
    while True:
        try:
            stack.enter_context(cluster.connect())
        except psycopg.OperationalError:
            return


def test_F18_no_connection_left_is_a_quick_503(few: Postgres, served: Served) -> None:
    made, world = served
    with ExitStack() as sleepers:
        for pid in few.backends():
            few.query("SELECT pg_terminate_backend(%s)", pid)
        take_all(few, sleepers)
        answers = ask_together(world.token, 20)
        for answer in answers:
            assert answer.response is not None
            assert_unavailable(answer.response)
            assert answer.seconds < FAST
        live = ask(lambda: httpx.get(f"{made.url}/health/live"))
        assert (live.status, live.seconds < FAST) == (200, True)
        assert ask(lambda: httpx.get(f"{made.url}/health/ready")).status == 503
    wait_until(world.is_well)


def test_F18_who_has_a_connection_keeps_answering(few: Postgres, served: Served) -> None:
    made, world = served
    ask_together(world.token, 8)
    for _ in range(4):  # until each process has been asked, as a balancer does all day
        ask_together(lambda: httpx.get(f"{made.url}/health/ready"), 16)
    with ExitStack() as sleepers:
        take_all(few, sleepers)
        answers = ask_together(world.token, 8)
        assert [answer.status for answer in answers] == [200] * 8
        assert ask(lambda: httpx.get(f"{made.url}/health/ready")).status == 200
