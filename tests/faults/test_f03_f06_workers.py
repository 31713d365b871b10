"""F3–F6: workers that are killed, messages that come twice, beats that are two (I1, I5, I10).

The tokens are dead before any of it: only the marking and its one event are at stake.
"""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from tests.faults.cascades import DONE_SECONDS, Scene
from tests.faults.servers import wait_until

pytestmark = [pytest.mark.postgres]
MANY = 30_000  # six batches: time enough to be killed in between
PREFORK = ("-m", "celery", "-q", "-A", "authzsite.celery:app", "worker", "-P", "prefork", "-c", "2")


@contextmanager
def told(scene: Scene, job: str) -> Iterator[None]:
    """A worker hears of the job. Nobody waits for who tells it to end: the job may be over then."""
    with ThreadPoolExecutor(1) as pool:
        telling = pool.submit(scene.errand, "nudged", job)
        yield
        telling.result()


def test_F4_a_worker_killed_in_the_middle_leaves_a_job_that_the_next_one_finishes(
    scene: Scene,
) -> None:
    doomed = scene.doom(MANY)
    with scene.worker() as worker, told(scene, doomed.job):
        wait_until(doomed.is_under_way, DONE_SECONDS)
        worker.kill()
    assert doomed.state() == "RUNNING"
    scene.long_ago()

    with scene.worker():
        scene.errand("wanted", "offer-revocation-jobs")
        doomed.assert_completed_once()


@pytest.mark.slow_fault
def test_F3_a_killed_child_of_a_forking_worker_loses_nothing(scene: Scene) -> None:
    doomed = scene.doom(MANY)
    with scene.worker(*PREFORK) as worker:
        with told(scene, doomed.job):
            wait_until(doomed.is_under_way, DONE_SECONDS)
            for child in worker.children():
                os.kill(child, signal.SIGKILL)
        # The message is late-acknowledged and comes back by itself.
        doomed.assert_completed_once()


def test_F5_a_message_that_comes_twice_to_two_workers_marks_once_and_tells_once(
    scene: Scene,
) -> None:
    doomed = scene.doom(MANY)
    scene.errand("nudged", *[doomed.job] * 6)
    with scene.worker(), scene.worker():
        doomed.assert_completed_once()


@pytest.mark.slow_fault
def test_F6_two_beats_and_a_heap_of_messages_run_a_periodic_job_once(scene: Scene) -> None:
    name = "log-retention"
    scene.query("DELETE FROM systemlog_periodicjob WHERE name = %s", name)
    beats = [scene.made.start("beat") for _ in range(2)]
    scene.made.run("-m", "tests.faults.errand", "sent", "12", name)
    with scene.worker(), scene.worker():
        sql = "SELECT runs FROM systemlog_periodicjob WHERE name = %s AND holder = ''"
        wait_until(lambda: scene.query(sql, name) == [(1,)], 60)
        scene.errand("sent", 12, name)
        doomed = scene.doom(10)
        scene.errand("nudged", doomed.job)
        doomed.assert_completed_once()  # so the workers have had those messages, too
        assert scene.query(sql, name) == [(1,)]
    assert [beat.child.poll() for beat in beats] == [None, None]
    for beat in beats:
        beat.kill()
