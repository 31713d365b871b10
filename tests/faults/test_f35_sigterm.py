"""F35: SIGTERM during work: requests in flight are answered, a worker ends its batch, and no job is
lost (I2, I5)."""

import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest

from tests.faults.conftest import Install
from tests.faults.load import Load, ask, statuses
from tests.faults.servers import Postgres, Redis, wait_until
from tests.faults.service_world import ServiceWorld
from tests.processes import Installation

pytestmark = [pytest.mark.postgres]
HELD_SECONDS = 1.5  # within a request's patience


@contextmanager
def locked(cluster: Postgres, url: str, table: str) -> Iterator[None]:
    """Somebody else changes all rows of a table, and then doesn't."""
    with psycopg.connect(url) as other:
        other.execute(f"SELECT 1 FROM {table} FOR UPDATE".encode())
        yield
        other.rollback()


def is_waited_for(cluster: Postgres) -> bool:
    return bool(cluster.query("SELECT 1 FROM pg_locks WHERE NOT granted"))


def test_F35_requests_in_flight_are_answered(
    cluster: Postgres, on_postgres: tuple[Installation, ServiceWorld]
) -> None:
    made, world = on_postgres
    made.end()
    web = made.start_web()
    tokens = world.user_tokens()
    with ThreadPoolExecutor(1) as pool:
        with locked(cluster, made.environment["DATABASE_URL"], "tokens_grant"):
            waiting = pool.submit(ask, lambda: world.refresh(tokens["refresh_token"]))
            wait_until(lambda: is_waited_for(cluster))
            web.child.send_signal(signal.SIGTERM)
            time.sleep(HELD_SECONDS)
        answer = waiting.result()
    assert answer.status == 200
    assert web.child.wait(timeout=30) == 0
    wait_until(lambda: made.processes() == {})


@pytest.mark.slow_fault
def test_F35_a_stop_under_load_breaks_no_answer(
    cluster: Postgres, on_postgres: tuple[Installation, ServiceWorld]
) -> None:
    """A new connection may be refused; an answer that has begun is whole."""
    made, world = on_postgres
    made.end()
    web = made.start_web()
    with Load(world.token, clients=4) as load:
        wait_until(lambda: len(load.granted()) > 20)
        assert web.terminate() == 0
    assert set(statuses(load.answers)) <= {200, 0}
    made.start_web()
    tokens = [granted["access_token"] for granted in load.granted()]
    assert all(map(world.is_active, tokens[-20:]))


@pytest.mark.slow_fault
def test_F35_a_worker_ends_its_batch_and_no_job_is_lost(
    cluster: Postgres, redis_server: Redis, install: Install
) -> None:
    with cluster.connect() as connection:
        connection.execute(b"CREATE DATABASE warm")
    url = cluster.url.rpartition("/")[0] + "/warm"
    made = install(DATABASE_URL=url, REDIS_URL=redis_server.url)
    world = ServiceWorld.seed(made)
    web = made.start_web()
    tokens = [world.token().json()["access_token"] for _ in range(20)]
    worker = made.start("worker")
    worker.wait_until((made.folder / "worker.ready").exists)
    with locked(cluster, url, "tokens_accesstoken"):
        made.manage("bump_epoch", "--client", world.client)
        wait_until(lambda: is_waited_for(cluster), what="the worker didn't take the job up")
        worker.child.send_signal(signal.SIGTERM)
        time.sleep(HELD_SECONDS)
    assert worker.child.wait(timeout=30) == 0, "a warm shutdown"
    again = made.start("worker")
    beat = made.start("beat")
    done = "SELECT count(*) FROM systemlog_revocationjob WHERE state <> 'DONE'"
    with psycopg.connect(url, autocommit=True) as asking:
        wait_until(lambda: asking.execute(done.encode()).fetchone() == (0,), 100)
        marked = b"SELECT count(*) FROM tokens_accesstoken WHERE revoked_at IS NOT NULL"
        assert asking.execute(marked).fetchone() == (len(tokens),)
        event = b"SELECT count(*) FROM systemlog_logevent WHERE event_type LIKE %s"
        told = ("app.oauth2.token.revoke.implicit.%",)
        assert asking.execute(event, told).fetchone() == (1,)
    for process in (web, again, beat):
        process.kill()
    with cluster.connect() as connection:
        connection.execute(b"DROP DATABASE warm WITH (FORCE)")
