"""Decisions are counted once, as they arrive (R11, R24)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from apps.systemlog import tally
from apps.systemlog.entries import SYSTEM, Entry
from apps.systemlog.jobs import run_job
from apps.systemlog.models import LogEvent, PeriodicJob, Tally
from apps.systemlog.record import record
from apps.systemlog.tallies import by_hour, grants_by_rule, tokens_by_server, top_reasons
from apps.systemlog.tally import DENIAL, GRANT, KEPT, TOKEN, keep_tally
from apps.systemlog.tasks import TALLY
from tests.oauth.flow import login_tokens, make_world
from tests.oauth.http import token
from tests.oauth.world import make_world as service_world

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def count(now: datetime | None = None) -> None:
    at = now or datetime.now(UTC)
    assert run_job(TALLY, lambda progress: keep_tally(at, progress), force=True)


def since() -> datetime:
    return datetime.now(UTC) - DAY


def sums() -> dict[str, int]:
    found: dict[str, int] = {}
    for (_hour, kind), number in by_hour(since()).items():
        found[kind] = found.get(kind, 0) + number
    return found


def test_r11_a_sign_in_is_one_grant_and_each_token_a_token(client: Browser) -> None:
    world = make_world()
    rule = world.server.policies.get().rules.get()
    login_tokens(world)
    count()
    assert sums() == {GRANT: 1, TOKEN: 1}
    assert grants_by_rule(world.server.pk, since()) == {rule.pk: 1}
    assert tokens_by_server(since()) == [(world.server.pk, 1)]


def test_clients_for_themselves_and_refusals_are_counted(client: Browser) -> None:
    world = service_world()
    world.service_token(client)
    world.service_token(client)
    token(client, world.server, world.service_auth, scope="nowhere")
    count()
    assert sums() == {GRANT: 2, TOKEN: 2, DENIAL: 1}
    assert [number for _reason, number in top_reasons(since())] == [1]


def test_nothing_is_counted_twice_however_often_the_job_runs(client: Browser) -> None:
    world = service_world()
    for expected in (1, 2):
        world.service_token(client)
        count()
        count()
        assert sums()[GRANT] == expected


def test_a_run_that_dies_counts_nothing(client: Browser, monkeypatch: Any) -> None:
    world = service_world()
    world.service_token(client)

    def die(*args: object, **fields: object) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as broken:
        broken.setattr(tally.Progress, "report", die)
        with pytest.raises(RuntimeError):
            count()
    assert not Tally.objects.exists()
    count()
    assert sums()[GRANT] == 1


def test_many_batches_are_one_sum(client: Browser, monkeypatch: Any) -> None:
    world = service_world()
    for _ in range(5):
        world.service_token(client)
    monkeypatch.setattr(tally, "BATCH_ROWS", 2)
    count()
    assert sums() == {GRANT: 5, TOKEN: 5}


def test_counting_is_no_event_of_its_own(client: Browser) -> None:
    service_world().service_token(client)
    events = LogEvent.objects.count()
    count()
    count()
    assert LogEvent.objects.count() == events
    assert PeriodicJob.objects.get(name=TALLY.name).runs == 2


def test_a_batch_costs_the_same_whatever_it_holds(client: Browser) -> None:
    world = service_world()

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            count()
        return len(captured)

    world.service_token(client)
    count()
    world.service_token(client)
    few = cost()
    for _ in range(6):
        world.service_token(client)
    assert cost() == few


def test_what_is_old_is_neither_counted_nor_kept() -> None:
    now = datetime.now(UTC)
    Tally.objects.create(hour=now - KEPT - DAY, kind=GRANT, count=3)
    record(Entry("app.oauth2.as.authorize.code", SYSTEM, server_id="s", debug={"rule": "r"}))
    count(now + timedelta(days=1))
    assert Tally.objects.filter(hour__lt=now - KEPT).count() == 0
    assert grants_by_rule("s", now - DAY) == {"r": 1}
