"""F7–F12: no worker, no beat, a broker that forgets, is down, hung, empty, rewound or full.

Neither the answers nor the marking depend on it: an answer comes from the database, and so does
what is left to do (I1, I3, I5, I8, I9).
"""

from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest

from tests.faults.cascades import Scene
from tests.faults.servers import wait_until
from tests.processes import Installation

pytestmark = [pytest.mark.postgres]
HANGS = 10.0  # seconds: a request that takes so long waits for something that doesn't come


@pytest.fixture
def web(scene: Scene) -> Iterator[Installation]:
    """The web server on PostgreSQL and Redis, one for all of these tests: it has to survive."""
    if not any("granian" in command for command in scene.made.processes().values()):
        scene.made.start_web()
    wait_until(scene.world.is_well)
    yield scene.made


def assert_all_well(scene: Scene) -> None:
    """Sign-in, a grant, its refresh, introspection and revocation, all as if nothing were."""
    world = scene.world
    with closing(world.sign_in()) as browser:
        answer = world.exchange(world.code(browser))
    assert answer.status_code == 200, answer.text
    tokens = answer.json()
    renewed = world.refresh(tokens["refresh_token"])
    assert renewed.status_code == 200, renewed.text
    assert world.is_active(renewed.json()["access_token"])
    assert world.revoke(renewed.json()["refresh_token"]).status_code == 200
    assert not world.is_active(renewed.json()["access_token"])
    form = {"grant_type": "client_credentials", "scope": "orders:read"}
    assert world.post("token", form, HANGS).status_code == 200


def assert_the_outbox_carries_it(scene: Scene) -> None:
    """What was revoked meanwhile is marked once a worker and a beat are there again."""
    doomed = scene.doom(100)
    scene.redis.end()
    scene.redis.start()
    scene.long_ago()
    with scene.worker():
        scene.errand("wanted", "offer-revocation-jobs")
        doomed.assert_completed_once()


def test_F7_without_worker_and_beat_revocation_is_exact_and_health_says_what_is_missing(
    scene: Scene, web: Installation
) -> None:
    tokens = scene.world.user_tokens()
    doomed = scene.doom(3)
    assert scene.world.revoke(tokens["refresh_token"]).status_code == 200
    assert not scene.world.is_active(tokens["access_token"])
    assert doomed.state() == "OPEN"
    scene.query("UPDATE systemlog_periodicjob SET started = started - interval '1 day'")
    scene.query("UPDATE systemlog_periodicjob SET next_run = next_run - interval '1 day'")
    scene.query("UPDATE servers_installation SET created = created - interval '2 days'")
    answer = httpx.get(f"{web.url}/health/jobs", timeout=HANGS)
    assert answer.status_code == 503
    assert answer.json()["status"] == "clean-up stalled"
    assert httpx.get(f"{web.url}/health/ready", timeout=HANGS).status_code == 200


@pytest.mark.slow_fault
def test_F8_a_broker_that_forgets_fifty_messages_loses_nothing(scene: Scene) -> None:
    jobs = [scene.doom(5) for _ in range(3)]
    scene.errand("nudged", *[doomed.job for doomed in jobs] * 17)
    assert scene.redis.ask("LLEN", "authzsite") >= 50
    scene.redis.ask("FLUSHALL")
    scene.long_ago()
    with scene.worker():
        scene.errand("wanted", "offer-revocation-jobs")
        for doomed in jobs:
            doomed.assert_completed_once()


def test_F9_everything_works_while_redis_is_down(scene: Scene, web: Installation) -> None:
    scene.redis.end()
    assert_all_well(scene)
    assert_the_outbox_carries_it(scene)


def test_F10_nothing_hangs_while_redis_hangs(scene: Scene, web: Installation) -> None:
    with scene.redis.paused():
        assert_all_well(scene)
        doomed = scene.doom(10)
    assert doomed.state() == "OPEN"
    scene.long_ago()
    with scene.worker():
        scene.errand("wanted", "offer-revocation-jobs")
        doomed.assert_completed_once()


@pytest.mark.parametrize(
    "dump",
    [
        pytest.param(None, id="empty"),
        pytest.param("dump.rdb", id="from an old dump", marks=pytest.mark.slow_fault),
    ],
)
def test_F11_a_redis_that_comes_back_as_it_was_revives_nothing(
    scene: Scene, web: Installation, dump: str | None
) -> None:
    tokens = scene.world.user_tokens()
    if dump:
        scene.redis.ask("SAVE")
    renewed = scene.world.refresh(tokens["refresh_token"]).json()
    assert scene.world.revoke(renewed["refresh_token"]).status_code == 200
    scene.redis.end()
    scene.redis.start()
    if dump:
        (scene.redis.folder / dump).unlink()
    for token in (tokens, renewed):
        assert not scene.world.is_active(token["access_token"])
        assert scene.world.refresh(token["refresh_token"]).json()["error"] == "invalid_grant"
    assert_all_well(scene)


@pytest.mark.slow_fault
@pytest.mark.parametrize(
    "trouble",
    [("CONFIG", "SET", "maxmemory", "1"), ("REPLICAOF", "127.0.0.1", "9")],
    ids=["full", "read-only"],
)
def test_F12_everything_works_while_redis_takes_no_writes(
    scene: Scene, web: Installation, trouble: tuple[str, ...]
) -> None:
    scene.redis.ask(*trouble)
    assert_all_well(scene)
    assert_the_outbox_carries_it(scene)
