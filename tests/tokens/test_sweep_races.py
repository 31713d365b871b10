"""A sweep beside requests, and beside another sweep (R14, F6): nobody waits, nothing is torn."""

from datetime import timedelta
from functools import partial
from threading import Event
from typing import Any

import pytest
from django.db import connection

from apps.systemlog import sweeping
from apps.systemlog.batches import delete_batch
from apps.systemlog.jobs import Progress, run_job
from apps.systemlog.models import LogEvent, PeriodicJob
from apps.tokens import clock
from apps.tokens.models import Grant, UsedAssertion
from apps.tokens.sweeps import SWEEPS, sweep_expired
from apps.tokens.tasks import SWEEP
from tests.oauth.grants_fixture import (
    REFUSED,
    authorize,
    exchange,
    is_active,
    make_world,
    outcome,
    post,
    refresh,
    sign_in,
    tokens_of,
)
from tests.oauth.races.assertions import assertion, make_asserting_world
from tests.races import at_once, failures
from tests.tokens.sweeping import sweep

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ROUNDS = 6
GRANTS = next(one for one in SWEEPS if one.name == "grants")


def make_rows(count: int) -> None:
    """Rows that are over."""
    over = clock.now() - timedelta(days=1)
    UsedAssertion.objects.bulk_create(
        UsedAssertion(digest=str(n), expires_at=over) for n in range(count)
    )


def runs() -> int:
    """How many runs said that they did something."""
    return LogEvent.objects.filter(event_type="system.job.run").count()


def test_f6_of_two_workers_one_sweeps_and_the_other_returns_at_once() -> None:
    make_rows(30)
    is_running, may_end = Event(), Event()

    def slowly(progress: Progress) -> bool:
        is_running.set()
        assert may_end.wait(30)
        return sweep_expired(clock.now(), progress)

    def other() -> bool:
        assert is_running.wait(30)
        try:
            return run_job(SWEEP, partial(sweep_expired, clock.now()), force=True)
        finally:
            may_end.set()

    assert at_once(partial(run_job, SWEEP, slowly), other) == [True, False]
    assert (UsedAssertion.objects.count(), runs()) == (0, 1)
    assert PeriodicJob.objects.get(name=SWEEP.name).rows_done == 30


def test_f6_however_many_beats_tick_each_row_is_deleted_and_counted_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sweeping, "FIRST_ROWS", 5)
    make_rows(40)

    tick = partial(run_job, SWEEP, partial(sweep_expired, clock.now()))
    results = at_once(*[tick] * 6)

    assert sorted(map(str, results)) == ["False"] * 5 + ["True"]
    events = LogEvent.objects.filter(event_type="system.job.run")
    done = [event.body["target"][0]["detailEntry"]["usedAssertions"] for event in events]
    assert (UsedAssertion.objects.count(), done) == (0, [40])


def test_a_worker_that_lost_its_lease_stops_and_what_it_deleted_stays_deleted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sweeping, "FIRST_ROWS", 5)
    monkeypatch.setattr(sweeping, "SWEEP_BATCH_ROWS", 5)
    monkeypatch.setattr(sweeping, "LEAST_ROWS", 5)
    make_rows(20)
    delete = sweeping.delete_batch

    def robbed(*args: Any) -> Any:
        PeriodicJob.objects.filter(name=SWEEP.name).update(holder="another")
        return delete(*args)

    with monkeypatch.context() as patch:
        patch.setattr(sweeping, "delete_batch", robbed)
        assert not run_job(SWEEP, partial(sweep_expired, clock.now()))
    assert UsedAssertion.objects.count() == 15

    PeriodicJob.objects.update(leased_until=clock.now())
    assert run_job(SWEEP, partial(sweep_expired, clock.now()), force=True)
    assert UsedAssertion.objects.count() == 0


def test_a_row_that_somebody_holds_is_left_alone_and_nobody_waits_for_it() -> None:
    held, free = make_world(), make_world()
    for world in (held, free):
        sign_in(world)
    Grant.objects.update(sweep_after=clock.now())

    other = connection.copy()
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM tokens_grant WHERE client_id = %s FOR UPDATE", [held.client.pk]
            )
        assert sweep(clock.now())["grants"] == 1
    finally:
        other.rollback()
        other.close()

    assert Grant.objects.get().client_id == held.client.pk
    assert sweep(clock.now() + timedelta(days=1))["grants"] == 1


@pytest.mark.parametrize("time", range(ROUNDS))
def test_i2_a_refresh_that_was_answered_is_good_whatever_a_sweep_does(time: int) -> None:
    """The row is due though its token lives: as if the sweep's clock were ahead."""
    world = make_world(leeway=30)
    first = sign_in(world)
    Grant.objects.update(sweep_after=clock.now())
    now = clock.now()

    without_lease = partial(delete_batch, GRANTS, now, None, 50)
    results = at_once(
        *[partial(refresh, world, first.refresh)] * 3, partial(sweep, now), without_lease
    )

    assert failures(results) == []
    answered = [one for one in results[:3] if one.status_code == 200]
    assert {outcome(one) for one in results[:3]} <= {(200, ""), REFUSED}
    if Grant.objects.exists():
        assert len(answered) == 3
        successors = {tokens_of(one).refresh for one in answered}
        assert len(successors) == 1  # one successor only, ever (R13)
        assert is_active(world, successors.pop())
    else:
        assert not answered


@pytest.mark.parametrize("time", range(ROUNDS))
def test_i4_an_exchange_beside_a_sweep_gives_good_tokens_or_none(time: int) -> None:
    world = make_world()
    code = authorize(world)
    Grant.objects.update(sweep_after=clock.now())

    answer, *_ = results = at_once(
        partial(exchange, world, code), partial(delete_batch, GRANTS, clock.now(), None, 50)
    )

    assert failures(results) == []
    assert Grant.objects.exists() == (answer.status_code == 200)
    if answer.status_code == 200:
        tokens = tokens_of(answer)
        assert is_active(world, tokens.access) and is_active(world, tokens.refresh)
    else:
        assert outcome(answer) == REFUSED


def test_i3_an_assertion_is_used_once_whatever_is_swept_meanwhile() -> None:
    world = make_asserting_world()
    form = {"grant_type": "client_credentials", "scope": "orders:read"} | assertion(world, "once")

    results = at_once(*[partial(post, world, "token", form)] * 6, partial(sweep, clock.now()))

    assert failures(results) == []
    assert sorted(one.status_code for one in results[:6]) == [200] + [401] * 5
