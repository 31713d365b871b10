"""Retries, the breaker, lanes and dead letters, on a clock of the test's own (rows 299, 302)."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections

from apps.management.hooks import schedule
from apps.management.hooks.models import EventDelivery, EventHook, EventHookSecret
from apps.management.hooks.schedule import BREAKER_FAILURES, PAUSES, Outcome, pause_after
from apps.oauth.outbound import post_json
from apps.systemlog.models import LogEvent
from tests.management.hooks.scene import START, Worker, happen, make_hook, only, states, status
from tests.oauth.client_authentication.tls_server import Asked, Site, serve

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses are what the table says."""
    monkeypatch.setattr(schedule, "JITTER", 0)


def given_up() -> list[tuple[str, str]]:
    """(outcome, reason) of the events about deliveries."""
    found = LogEvent.objects.filter(event_type="event_hook.delivery").order_by("pk")
    return list(found.values_list("outcome", "reason"))


def test_a_delivery_that_is_taken_is_done(receiver: Site, worker: Worker) -> None:
    hook, _ = make_hook(receiver.url("/hook"))
    happen()
    worker.run()
    row = only()
    assert (row.state, row.attempts, row.last_status, row.settled) == ("DELIVERED", 1, 200, START)
    hook.refresh_from_db()
    assert (hook.failures, hook.last_success) == (0, START)
    worker.later(days=1)
    assert len(receiver.asked) == 1
    assert worker.rows == [("delivered", 1)]


def test_the_background_has_ten_seconds_and_64_kib() -> None:
    defaults = post_json.__kwdefaults__
    assert defaults == {"seconds": 10.0, "limit": 65_536}


def test_it_is_tried_again_by_the_table_and_then_given_up(receiver: Site, worker: Worker) -> None:
    receiver.pages["/hook"] = status(503)
    make_hook(receiver.url("/hook"))
    happen()
    worker.run()
    for pause in PAUSES:
        EventHook.objects.update(opened_until=None)
        worker.later(seconds=pause - 1)
        assert only().state == "PENDING"
        worker.later(seconds=1)
    row = only()
    assert (row.state, row.attempts, row.last_error) == ("DEAD", len(PAUSES) + 1, "answered 503")
    assert len(receiver.asked) == len(PAUSES) + 1
    assert len({one.headers["webhook-id"] for one in receiver.asked}) == 1
    assert len({one.body for one in receiver.asked}) == 1
    assert given_up() == [("FAILURE", "answered 503")]
    assert timedelta(hours=22) < worker.now - START < timedelta(hours=26)


def test_a_receiver_that_is_gone_is_given_up_at_once(receiver: Site, worker: Worker) -> None:
    receiver.pages["/hook"] = status(410)
    make_hook(receiver.url("/hook"))
    happen()
    worker.run()
    assert (only().state, given_up()) == ("DEAD", [("FAILURE", "answered 410")])


def test_a_receiver_may_ask_to_wait_but_not_for_ever() -> None:
    assert pause_after(1, Outcome(429, retry_after=100)) == timedelta(seconds=100)
    assert pause_after(1, Outcome(429, retry_after=86_400)) == timedelta(hours=1)
    assert pause_after(5, Outcome(503, retry_after=1)) == timedelta(hours=1)


def test_those_that_failed_together_come_back_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "JITTER", 0.2)
    pauses = {pause_after(3, Outcome(500)) for _ in range(50)}
    assert len(pauses) > 40
    assert all(timedelta(seconds=120) <= one <= timedelta(seconds=144) for one in pauses if one)


def test_row_299_the_breaker_opens_lets_one_through_and_closes(
    receiver: Site, worker: Worker
) -> None:
    receiver.pages["/hook"] = status(500)
    hook, _ = make_hook(receiver.url("/hook"))
    for _ in range(20):
        happen()
    worker.run()
    hook.refresh_from_db()
    asked = len(receiver.asked)
    assert BREAKER_FAILURES <= asked <= BREAKER_FAILURES + schedule.LANES_PER_HOST
    assert hook.opened_until is not None and hook.opened_until > worker.now
    worker.later(seconds=5)
    assert len(receiver.asked) == asked
    worker.now = hook.opened_until
    worker.run()
    assert len(receiver.asked) == asked + 1  # one that tries, and it fails
    receiver.show(b"", path="/hook")
    worker.later(minutes=15)
    assert set(states().values()) == {"DELIVERED"}
    hook.refresh_from_db()
    assert (hook.failures, hook.opened_until) == (0, None)


def test_a_slow_host_takes_two_lanes_and_others_go_on(receiver: Site, worker: Worker) -> None:
    most, now = [0], [0]
    others_done, lock = threading.Event(), threading.Lock()

    def slow(request: Asked) -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        others_done.wait(5)
        with lock:
            now[0] -= 1
        request.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")

    def quick(request: Asked) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        if len(other.asked) == 6:
            others_done.set()

    with serve(None) as other:
        receiver.pages["/slow"], other.pages["/quick"] = slow, quick
        for name in ("One", "Two"):
            make_hook(receiver.url("/slow"), name=name)
        make_hook(other.url("/quick"), name="Quick")
        for _ in range(6):
            happen()
        worker.run()
    assert others_done.is_set()
    assert most[0] == schedule.LANES_PER_HOST
    assert set(states().values()) == {"DELIVERED"}


def test_a_hook_that_is_unverified_or_inactive_is_not_called(
    receiver: Site, worker: Worker
) -> None:
    hook, _ = make_hook(receiver.url("/hook"), is_verified=False)
    happen()
    worker.run()
    assert (receiver.asked, only().attempts) == ([], 0)
    EventHook.objects.update(verification="VERIFIED", status="INACTIVE")
    worker.run()
    assert (receiver.asked, only().state) == ([], "PENDING")


def test_what_waits_too_long_is_given_up_without_a_call(worker: Worker) -> None:
    make_hook(is_verified=False)
    happen()
    worker.later(hours=36)
    assert (only().state, only().last_error) == ("DEAD", "not delivered in time")
    assert given_up() == [("FAILURE", "not delivered in time")]


def test_an_event_that_has_left_the_log_is_given_up(receiver: Site, worker: Worker) -> None:
    make_hook(receiver.url("/hook"))
    for _ in range(3):
        happen()
    LogEvent.objects.all().delete()
    worker.run()
    assert set(states().values()) == {"DEAD"}
    assert not receiver.asked


def test_without_its_key_nothing_is_sent_unsigned(receiver: Site, worker: Worker) -> None:
    make_hook(receiver.url("/hook"))
    EventHookSecret.objects.update(sealed=b"x" * 60)
    happen()
    worker.run()
    assert (only().state, only().last_error) == ("PENDING", "could not be signed")
    assert not receiver.asked


@pytest.mark.django_db(transaction=True)
def test_row_299_no_transaction_is_open_while_a_receiver_is_called(
    receiver: Site, worker: Worker
) -> None:
    make_hook(receiver.url("/hook"))
    seen: list[bool] = []
    ours = connections["default"]  # of the thread that delivers

    def look(request: Asked) -> None:
        seen.append(ours.in_atomic_block)
        seen.append(not EventHook.objects.update(last_failure=None))  # nobody holds the row
        seen.append(not EventDelivery.objects.update(last_error=""))
        connection.close()
        request.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")

    receiver.pages["/hook"] = look
    happen()
    worker.run()
    assert (only().state, seen) == ("DELIVERED", [False, False, False])


def test_a_run_that_is_over_time_claims_nothing_more(receiver: Site, worker: Worker) -> None:
    make_hook(receiver.url("/hook"))
    for _ in range(4):
        happen()
    worker.is_tired = lambda: len(receiver.asked) > 0
    assert worker.run() is True
    assert 0 < len(receiver.asked) <= 2
    assert EventDelivery.objects.filter(state="PENDING", claimed_until=None).exists()
    worker.is_tired = lambda: False
    assert worker.run() is False
    assert set(states().values()) == {"DELIVERED"}
