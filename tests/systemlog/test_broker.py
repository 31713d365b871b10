"""F9, F10: what a broker that is hung, gone or back costs publishers and workers."""

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery
from django.conf import settings
from kombu import Connection, Consumer, Queue
from kombu.exceptions import OperationalError

from apps.tokens.tasks import RUN_SECONDS
from authzsite.celery import app, redis_broker

pytestmark = pytest.mark.once


class BlackHole:
    """A server that takes connections and never says a word: a Redis that hangs."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.connections: list[socket.socket] = []
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.listener.getsockname()[1]}/0"

    def _accept(self) -> None:
        while True:
            try:
                self.connections.append(self.listener.accept()[0])
            except OSError:
                return

    def close(self) -> None:
        """All of it."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()
        for connection in self.connections:
            connection.close()


@pytest.fixture
def black_hole() -> Iterator[BlackHole]:
    """A Redis that hangs."""
    hole = BlackHole()
    yield hole
    hole.close()


def celery_at(url: str) -> Celery:
    """A Celery with our settings for Redis, at this address."""
    made = Celery("test", set_as_current=False)
    ours = {name: app.conf[name] for name in ("task_publish_retry", "task_ignore_result")}
    made.conf.update(**ours, **redis_broker(url))
    return made


def test_f10_publishing_to_a_redis_that_hangs_is_one_attempt(black_hole: BlackHole) -> None:
    celery = celery_at(black_hole.url)
    for number in (1, 2, 3):  # the second one reconnects, for which kombu would take its time
        with pytest.raises(OperationalError):
            celery.send_task("task", args=["id"])
        assert len(black_hole.connections) == number


def test_f10_every_wait_for_redis_has_an_end() -> None:
    options = redis_broker("redis://localhost")["broker_transport_options"]
    assert options["socket_timeout"] == options["socket_connect_timeout"] == 0.5
    assert options["retry_on_timeout"] is False and options["max_retries"] == 0
    assert app.conf.task_publish_retry is False
    assert redis_broker("redis://localhost")["broker_pool_limit"] >= settings.WEB_THREADS


def test_f3_to_f5_a_message_outlives_its_worker_and_is_not_delivered_while_one_works() -> None:
    options = redis_broker("redis://localhost")["broker_transport_options"]
    assert app.conf.task_acks_late and app.conf.task_reject_on_worker_lost
    assert app.conf.worker_prefetch_multiplier == 1
    assert options["visibility_timeout"] > 10 * RUN_SECONDS
    assert options["unacked_restore_throttle"] == 1


def test_f7_ticks_that_no_worker_took_are_forgotten_and_not_heaped_up() -> None:
    app.finalize()
    for entry in app.conf.beat_schedule.values():
        assert entry["options"]["expires"] == entry["schedule"] > 0


def test_messages_are_json_and_leave_no_results() -> None:
    assert app.conf.accept_content == ["json"] and app.conf.task_serializer == "json"
    assert app.conf.task_ignore_result and app.conf.result_backend is None


def receive(connection: Connection) -> tuple[Any, Any]:
    """A message that is being worked on, with its channel."""
    queue, held = Queue("test-broker"), []
    channel = connection.channel()
    connection.SimpleQueue(queue.name).put("x")
    with Consumer(channel, [queue], callbacks=[lambda body, message: held.append(message)]):
        while not held:
            connection.drain_events(timeout=2)
    return held[0], channel


def test_f9_a_worker_survives_that_its_connection_is_lost_while_a_task_runs(
    redis_url: str,
) -> None:
    """Celery ends the process on any error that isn't one of the connection's."""
    options = redis_broker(redis_url)
    with Connection(redis_url, transport=options["broker_transport"]) as connection:
        message, channel = receive(connection)
        channel._disconnect_pools()
        channel.connection.client = None  # what closing a lost connection leaves behind
        with pytest.raises(connection.connection_errors):
            message.ack()
        with pytest.raises(connection.connection_errors):
            channel.qos.restore_unacked()
