"""Row 302: a worker that dies, workers at the same time; at least once, by the same id."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from datetime import timedelta

import httpx
import pytest
from django.conf import settings as configured
from django.db import connection

from apps.management.hooks import outbox
from apps.management.hooks.models import EventDelivery
from apps.management.hooks.schedule import CLAIM, Outcome
from apps.management.tasks import deliver_events
from apps.systemlog.models import LogEvent, PeriodicJob
from apps.tokens import clock
from tests.management.hooks.scene import START, Worker, happen, make_hook, only, states
from tests.oauth.client_authentication.tls_server import Asked, Site
from tests.oauth.world import World, make_world
from tests.races import at_once, failures

pytestmark = pytest.mark.django_db(transaction=True)
PROGRAM = """
import ipaddress, json, os, sys
from datetime import datetime
import django
given = json.loads(sys.argv[1])
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()
from django.conf import settings
from django.db import connections
connections["default"].settings_dict.update(given["database"])
settings.OUTBOUND_ALLOW = [ipaddress.ip_network("127.0.0.0/8")]
from tests.management.hooks.scene import Worker
Worker(datetime.fromisoformat(given["now"])).run()
print("ended well")
"""


def start_worker(now: object) -> "subprocess.Popen[str]":
    """A process that delivers what is due, on this test's database."""
    database = {name: connection.settings_dict[name] for name in ("NAME", "HOST", "PORT")}
    given = json.dumps({"database": database, "now": str(now)}, default=str)
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, given],
        cwd=configured.ROOT,
        env=os.environ | {"PYTHONPATH": str(configured.ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_row_302_a_worker_killed_between_delivery_and_mark_delivers_again_by_the_same_id(
    receiver: Site, worker: Worker
) -> None:
    make_hook(receiver.url("/hook"))
    happen()
    known = threading.Event()
    child: list[subprocess.Popen[str]] = []

    def kill(request: Asked) -> None:
        known.wait(30)
        os.kill(child[0].pid, signal.SIGKILL)
        child[0].wait()

    receiver.pages["/hook"] = kill
    child.append(start_worker(START))
    known.set()
    output, _ = child[0].communicate(timeout=60)
    assert child[0].returncode == -signal.SIGKILL, output
    row = only()
    assert (row.state, row.attempts) == ("PENDING", 1)
    receiver.show(b"", path="/hook")
    worker.later(seconds=CLAIM.total_seconds() - 1)
    assert only().state == "PENDING"  # still the dead worker's
    worker.later(seconds=1)
    assert (only().state, only().attempts) == ("DELIVERED", 2)
    first, second = receiver.asked
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == row.pk
    assert first.body == second.body


def test_the_same_worker_ends_well_when_nobody_kills_it(receiver: Site) -> None:
    make_hook(receiver.url("/hook"))
    happen()
    child = start_worker(START)
    output, _ = child.communicate(timeout=60)
    assert (child.returncode, output) == (0, "ended well\n")
    assert only().state == "DELIVERED"


def test_two_workers_at_once_deliver_each_once(receiver: Site) -> None:
    for path in ("/hook", "/other"):
        receiver.show(b"", path=path)
        make_hook(receiver.url(path), name=path)
    for _ in range(20):
        happen()
    assert failures(at_once(Worker().run, Worker().run)) == []
    assert set(states().values()) == {"DELIVERED"}
    ids = Counter(one.headers["webhook-id"] for one in receiver.asked)
    assert sorted(ids) == sorted(states())
    assert set(ids.values()) == {1}


def test_a_claim_is_had_once(receiver: Site) -> None:
    hook, _ = make_hook(receiver.url("/hook"))
    happen()
    claims = at_once(*[lambda: outbox.claim(hook, START)] * 8)
    assert failures(claims) == []
    assert sum(one is not None for one in claims) == 1


def test_a_late_worker_s_failure_doesn_t_undo_another_s_claim(receiver: Site) -> None:
    hook, _ = make_hook(receiver.url("/hook"))
    happen()
    late = outbox.claim(hook, START)
    later = START + CLAIM
    second = outbox.claim(hook, later)
    assert late is not None and second is not None and late.pk == second.pk
    outbox.settle(late, Outcome(500), later)
    assert (only().attempts, only().claimed_until) == (2, later + CLAIM)
    outbox.settle(late, Outcome(200), later)  # but what has arrived has arrived
    assert only().state == "DELIVERED"
    outbox.settle(second, Outcome(500), later)
    assert only().state == "DELIVERED"


def test_a_delivery_is_given_up_together_with_its_event_or_not_at_all(
    receiver: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook, _ = make_hook(receiver.url("/hook"))
    happen()
    delivery = outbox.claim(hook, START)
    assert delivery is not None
    with monkeypatch.context() as broken, pytest.raises(ZeroDivisionError):
        broken.setattr(outbox, "log_delivery", lambda *args, **rest: 1 / 0)
        outbox.settle(delivery, Outcome(410), START)
    assert only().state == "PENDING"
    outbox.settle(delivery, Outcome(410), START)
    assert only().state == "DEAD"
    assert LogEvent.objects.filter(event_type="event_hook.delivery").count() == 1


def test_the_task_runs_under_its_lease_and_says_what_it_did(receiver: Site) -> None:
    make_hook(receiver.url("/hook"))
    happen(at=clock.now())
    deliver_events()
    assert only().state == "DELIVERED"
    job = PeriodicJob.objects.get(name="deliver-events")
    assert (job.holder, job.runs, job.counts) == ("", 1, {"delivered": 1})
    assert LogEvent.objects.filter(event_type="system.job.run").count() == 1
    PeriodicJob.objects.update(holder="another", leased_until=START + timedelta(days=99_999))
    happen(at=clock.now())
    deliver_events()
    assert EventDelivery.objects.filter(state="PENDING").count() == 1


def test_row_303_a_receiver_that_asks_for_a_token_of_the_same_client_gets_it(
    receiver: Site, worker: Worker, live_server: object
) -> None:
    world = make_world()
    make_hook(receiver.url("/hook"))
    statuses: list[int] = []

    def ask(request: Asked) -> None:
        statuses.append(ask_for_token(str(live_server), world))
        request.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")

    receiver.pages["/hook"] = ask
    for _ in range(3):
        happen(client_id=world.service.pk, server_id=world.server.pk)
    worker.run()
    assert statuses == [200] * 3
    assert set(states().values()) == {"DELIVERED"}


def ask_for_token(base: str, world: World) -> int:
    """As the service, over HTTP."""
    answer = httpx.post(
        f"{base}/oauth2/{world.server.pk}/v1/token",
        data={"grant_type": "client_credentials"},
        auth=world.service_auth,
        timeout=5,
    )
    return answer.status_code
