"""F13: PostgreSQL crashes: 503 while it is down, nothing acknowledged is lost, and the workers come
back by themselves (I1, I2, I8)."""

import os
import signal

import pytest

from tests.faults.load import Load, ask
from tests.faults.servers import Postgres, wait_until
from tests.faults.service_world import ServiceWorld, assert_unavailable
from tests.processes import Installation

pytestmark = [pytest.mark.postgres]
Served = tuple[Installation, ServiceWorld]
BACK_SECONDS = 20.0  # it takes one or two; the machine may be busy


def recover(world: ServiceWorld) -> None:
    """Until a token is issued again, with nobody's help."""
    wait_until(world.is_well, BACK_SECONDS, "it didn't come back")


def test_F13_503_while_it_is_down_and_every_acknowledged_token_afterwards(
    cluster: Postgres, served: Served
) -> None:
    made, world = served
    family = world.user_tokens()
    doomed = world.token().json()["access_token"]
    with Load(world.token) as load:
        wait_until(lambda: len(load.granted()) > 20)
        assert world.revoke(doomed).status_code == 200
        cluster.crash()

    refused = [answer for answer in load.answers if answer.status != 200]
    for answer in [ask(world.token), *refused]:
        assert answer.response is not None, "the web server itself stays"
        assert_unavailable(answer.response)
    assert_unavailable(world.revoke(family["refresh_token"]))

    cluster.start()
    recover(world)
    tokens = [granted["access_token"] for granted in load.granted()]
    assert all(map(world.is_active, [*tokens[-20:], family["access_token"]]))
    assert not world.is_active(doomed)
    assert world.refresh(family["refresh_token"]).status_code == 200


def test_F13_a_killed_backend_costs_answers_and_nothing_else(
    cluster: Postgres, served: Served
) -> None:
    made, world = served
    with Load(world.token) as load:
        wait_until(lambda: len(load.granted()) > 10)
        os.kill(cluster.backends()[0], signal.SIGKILL)
        count = len(load.granted())
        wait_until(lambda: len(load.granted()) > count + 10, BACK_SECONDS, "it didn't come back")

    assert {answer.status for answer in load.answers} <= {200, 503}
    recover(world)
    assert all(world.is_active(granted["access_token"]) for granted in load.granted()[-20:])


def test_F13_a_page_says_that_the_database_is_away(cluster: Postgres, served: Served) -> None:
    made, world = served
    browser = world.sign_in()
    cluster.crash()
    try:
        for path in ("/admin/", f"/oauth2/{world.server}/v1/authorize?client_id={world.client}"):
            answer = browser.get(path)
            assert (answer.status_code, answer.headers.get("Retry-After")) == (503, "2"), path
            assert answer.headers["Content-Type"].startswith("text/html")
    finally:
        cluster.start()
        browser.close()
    recover(world)
