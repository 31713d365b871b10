"""F2: the web server is killed outright, its parent or one of its processes, and started again
under load: the port is free, nobody is left over, and what was acknowledged holds (I1-I3)."""

import os
import signal
from collections import Counter
from functools import partial

import pytest

from tests.faults.load import Load, ask_together, statuses
from tests.faults.servers import Postgres, wait_until
from tests.faults.service_world import ServiceWorld
from tests.processes import Installation

pytestmark = [pytest.mark.postgres]


def test_F2_a_killed_parent_leaves_the_port_and_no_orphans(
    cluster: Postgres, on_postgres: tuple[Installation, ServiceWorld]
) -> None:
    made, world = on_postgres
    made.end()  # this test's own, on the same port
    web = made.start_web()
    family, doomed = world.user_tokens(), world.token().json()["access_token"]
    with Load(world.token, clients=6) as load:
        wait_until(lambda: len(load.granted()) > 20)
        assert world.revoke(doomed).status_code == 200
        os.kill(web.pid, signal.SIGKILL)
        web.child.wait()
        wait_until(lambda: made.processes() == {}, what="orphans go on")
        web = made.start_web()
        count = len(load.granted())
        wait_until(lambda: len(load.granted()) > count + 10)

    assert set(statuses(load.answers)) <= {200, 0}, "a reset connection is all that a client sees"
    tokens = [granted["access_token"] for granted in load.granted()]
    assert all(map(world.is_active, [*tokens[:20], *tokens[-20:], family["access_token"]]))
    assert not world.is_active(doomed)
    assert max(Counter(tokens).values()) == 1
    made.end()


def test_F2_a_killed_worker_process_is_replaced(
    cluster: Postgres, served: tuple[Installation, ServiceWorld]
) -> None:
    made, world = served
    family = world.user_tokens()
    [web] = made.running
    before = web.children()
    with Load(partial(world.refresh, "azrt_nothing"), clients=2) as load:
        os.kill(before[0], signal.SIGKILL)
        wait_until(lambda: len(set(web.children()) - set(before)) == 1)
        wait_until(lambda: len(load.answers) > 20)
    assert set(statuses(load.answers)) <= {400, 0}
    wait_until(world.is_well)
    assert world.is_active(family["access_token"])
    answers = ask_together(partial(world.refresh, family["refresh_token"]), 6)
    assert statuses(answers)[200] <= 1, "one use, however many processes there are"
