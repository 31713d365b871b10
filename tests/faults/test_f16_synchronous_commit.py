"""F16: `synchronous_commit=off` would lose what was answered: the start is refused, and a server
that is set to it later loses nothing of ours (I1, I2)."""

import os
import signal
from collections.abc import Iterator

import psycopg
import pytest

from tests.faults.load import Load
from tests.faults.servers import Postgres, wait_until
from tests.faults.service_world import ServiceWorld
from tests.processes import START_SECONDS, Installation

pytestmark = [pytest.mark.postgres]
Served = tuple[Installation, ServiceWorld]


@pytest.fixture
def forgetful(cluster: Postgres) -> Iterator[Postgres]:
    """The server, set to forget while it runs; put right afterwards."""
    # On the command line it couldn't be changed any more.
    cluster.stop()
    cluster.settings["synchronous_commit"] = None
    cluster.start()
    yield cluster
    set_commit(cluster, "on")
    cluster.stop()
    del cluster.settings["synchronous_commit"]
    cluster.start()


def set_commit(cluster: Postgres, value: str) -> None:
    """As an administrator of the database does, without a restart."""
    with cluster.connect() as connection:
        connection.execute(f"ALTER SYSTEM SET synchronous_commit = {value}".encode())
        connection.execute("SELECT pg_reload_conf()")
    wait_until(lambda: cluster.query("SHOW synchronous_commit") == [(value,)])


def test_F16_the_start_is_refused(forgetful: Postgres, served: Served) -> None:
    set_commit(forgetful, "off")
    process = served[0].start("web")
    assert process.child.wait(timeout=START_SECONDS) != 0
    assert "authz.E025" in process.log.read_text()


@pytest.mark.slow_fault
def test_F16_a_server_that_is_set_to_it_later_loses_nothing_of_ours(
    forgetful: Postgres, served: Served
) -> None:
    made, world = served
    set_commit(forgetful, "off")
    for _ in range(2):
        doomed = world.token().json()["access_token"]
        with Load(world.token) as load:
            wait_until(lambda load=load: len(load.granted()) > 50)
            assert world.revoke(doomed).status_code == 200
            kill(forgetful)
        forgetful.start()
        wait_until(world.is_well)
        tokens = [granted["access_token"] for granted in load.granted()]
        with psycopg.connect(made.environment["DATABASE_URL"]) as connection:
            stored = connection.execute("SELECT count(*) FROM tokens_accesstoken").fetchone()
        assert stored is not None and stored[0] >= len(tokens)
        assert all(map(world.is_active, tokens[-30:]))
        assert not world.is_active(doomed)


def kill(cluster: Postgres) -> None:
    """Every process of the server at once: what it hadn't written is gone."""
    for pid in cluster.processes()[::-1]:
        os.kill(pid, signal.SIGKILL)
    assert cluster.child is not None
    cluster.child.wait()
    cluster.child = None
