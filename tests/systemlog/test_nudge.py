"""F9, F10: a broker that doesn't take messages costs one attempt, then nothing for a while."""

import logging
from typing import Any

import pytest
from celery import current_app
from kombu.exceptions import OperationalError

from apps.systemlog import nudge as module
from apps.systemlog.nudge import Breaker, nudge
from apps.systemlog.outbox import enqueue
from tests.races import at_once


class Broker:
    """One that counts what is sent, and refuses while it is down."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, list[Any]]] = []
        self.tries = 0
        self.is_down = False

    def send_task(self, name: str, args: list[Any], **options: Any) -> None:
        self.tries += 1
        if self.is_down:
            raise OperationalError("nobody is there")
        self.sent.append((name, args))


class Seconds:
    """The monotonic clock, moved by hand."""

    def __init__(self) -> None:
        self.moment = 1000.0

    def monotonic(self) -> float:
        return self.moment


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Broker:
    """A broker in Celery's place, with the breaker closed."""
    broker = Broker()
    monkeypatch.setattr(current_app, "send_task", broker.send_task)
    monkeypatch.setattr(module, "breaker", Breaker(module.OPEN_SECONDS))
    return broker


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> Seconds:
    """The breaker's clock."""
    seconds = Seconds()
    monkeypatch.setattr(module, "time", seconds)
    return seconds


def test_a_message_is_a_task_and_ids(broker: Broker) -> None:
    assert nudge("some.task", "an-id")
    assert broker.sent == [("some.task", ["an-id"])]


def test_f9_after_a_failure_nobody_tries_for_some_seconds_and_the_log_says_so_once(
    broker: Broker, seconds: Seconds, caplog: pytest.LogCaptureFixture
) -> None:
    broker.is_down = True
    with caplog.at_level(logging.ERROR):
        assert not any(nudge("t") for _ in range(100))
        seconds.moment += module.OPEN_SECONDS
        assert not any(nudge("t") for _ in range(100))
    assert broker.tries == 2
    assert len(caplog.records) == 1

    broker.is_down = False
    seconds.moment += module.OPEN_SECONDS - 0.001
    assert not nudge("t")
    seconds.moment += 0.001
    assert all(nudge("t") for _ in range(100))
    assert broker.tries == 102

    broker.is_down = True
    with caplog.at_level(logging.ERROR):
        nudge("t")
    assert len(caplog.records) == 2  # it is open anew


def test_f10_of_many_threads_one_tries_whether_the_broker_is_back(
    broker: Broker, seconds: Seconds
) -> None:
    broker.is_down = True
    nudge("t")
    seconds.moment += module.OPEN_SECONDS
    assert not any(at_once(*[lambda: nudge("t")] * 20))
    assert broker.tries == 2


@pytest.mark.django_db(transaction=True)
def test_f9_a_revoking_change_is_committed_whatever_the_broker_says(broker: Broker) -> None:
    broker.is_down = True
    job = enqueue(kind="user", object_id="u", cause="c", scope={"user": "u"})
    job.refresh_from_db()
    assert (job.state, broker.tries) == ("OPEN", 1)
