"""F2: the web server is killed outright, its parent or one of its processes, and started again
under load: the port is free, nobody is left over, and what was acknowledged holds (I1-I3)."""

import os
import random
import signal
import time
from collections import Counter
from functools import partial

import psycopg
import pytest

from tests.faults.load import Answer, Load, ask_together, statuses
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


def test_F2_killed_worker_processes_are_replaced_and_what_was_answered_has_its_event(
    cluster: Postgres, served: tuple[Installation, ServiceWorld]
) -> None:
    """I1, R24: at any moment of a request, of grants and denials alike, whoever shared the
    statement with them. Each process once: of one that fails again at once the server makes an end,
    for its supervisor to begin anew."""
    made, world = served
    family = world.user_tokens()
    [web] = made.running
    before = web.children()
    denied = partial(world.refresh, "azrt_nothing")
    with Load(world.token, clients=4) as granting, Load(denied, clients=2) as denying:
        for number, pid in enumerate(before, start=1):
            count = len(granting.granted())
            wait_until(lambda so_far=count: len(granting.granted()) > so_far + 15)
            time.sleep(random.uniform(0, 0.05))  # noqa: S311 - any moment
            os.kill(pid, signal.SIGKILL)
            wait_until(lambda so_many=number: len(set(web.children()) - set(before)) == so_many)
        count = len(granting.granted())
        wait_until(lambda: len(granting.granted()) > count + 15)
    answers = granting.answers + denying.answers
    assert set(statuses(answers)) == {200, 400, 0}
    assert missing_events(made, answers) == set()
    wait_until(world.is_well)
    assert world.is_active(family["access_token"])
    answers = ask_together(partial(world.refresh, family["refresh_token"]), 6)
    assert statuses(answers)[200] <= 1, "one use, however many processes there are"


def missing_events(made: Installation, answers: list[Answer]) -> set[str]:
    """References of answers that the log has nothing of."""
    answered = {
        a.response.headers["X-Request-Reference"] for a in answers if a.response is not None
    }
    assert len(answered) > 30
    with psycopg.connect(made.environment["DATABASE_URL"]) as connection:
        asked = "SELECT reference FROM systemlog_logevent WHERE reference = ANY(%s)"
        return answered - {row[0] for row in connection.execute(asked, [list(answered)])}
