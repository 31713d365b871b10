"""F14: PostgreSQL hangs: 503 within seconds, the threads stay free, and it goes on afterwards
(I8)."""

import time

import httpx
import pytest

from tests.faults.load import Load, ask, ask_together
from tests.faults.servers import Postgres, stopped, wait_until
from tests.faults.service_world import ServiceWorld, assert_unavailable
from tests.processes import Installation

pytestmark = [pytest.mark.postgres]
Served = tuple[Installation, ServiceWorld]
BOUND = 10.0  # seconds; it takes four at most, and a busy machine may add to it


def test_F14_a_hung_server_is_an_honest_503_and_no_heap_of_waiting_requests(
    cluster: Postgres, served: Served
) -> None:
    made, world = served
    token = world.token().json()["access_token"]
    with cluster.paused():
        began = time.monotonic()
        answers = ask_together(world.token, 40)
        for answer in answers:
            assert answer.response is not None
            assert_unavailable(answer.response)
        assert time.monotonic() - began < BOUND  # five times as many as there are threads
        assert_unavailable(world.revoke(token))
        assert ask(lambda: httpx.get(f"{made.url}/health/live")).status == 200
        assert ask(lambda: httpx.get(f"{made.url}/health/ready")).status == 503

    wait_until(world.is_well)
    assert world.revoke(token).status_code == 200
    assert not world.is_active(token)


def test_F14_one_hung_backend_is_left_for_another(cluster: Postgres, served: Served) -> None:
    made, world = served
    ask_together(world.token, 8)  # so that each process has a connection
    with stopped(cluster.backends()[0]):
        answers = [ask(world.token) for _ in range(8)]
    assert [answer.status for answer in answers] == [200] * 8
    assert max(answer.seconds for answer in answers) < BOUND


def test_F14_when_all_backends_hang_new_ones_are_asked_for(
    cluster: Postgres, served: Served
) -> None:
    made, world = served
    ask_together(world.token, 8)
    with stopped(*cluster.backends()):
        wait_until(world.is_well)


def test_F14_a_backend_that_hangs_in_the_middle_of_a_statement(
    cluster: Postgres, served: Served
) -> None:
    """Its statement_timeout can't fire, and TCP sees nothing: the kernel acknowledges."""
    made, world = served
    with Load(world.token) as load:
        wait_until(lambda: len(load.granted()) > 10)
        with stopped(*cluster.backends()):
            time.sleep(1)
        count = len(load.granted())
        wait_until(lambda: len(load.granted()) > count + 10)
    assert {answer.status for answer in load.answers} <= {200, 503}
    assert max(answer.seconds for answer in load.answers) < BOUND


def test_F14_new_connections_can_be_had_or_not_but_nobody_waits_long(
    cluster: Postgres, served: Served
) -> None:
    """Only the postmaster hangs: who has a connection goes on."""
    made, world = served
    ask_together(world.token, 8)
    with stopped(cluster.pid):
        answers = ask_together(world.token, 8)
    assert {answer.status for answer in answers} <= {200, 503}
    assert 200 in {answer.status for answer in answers}
    assert max(answer.seconds for answer in answers) < BOUND
