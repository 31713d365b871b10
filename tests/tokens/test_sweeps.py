"""Sweeps delete what is over, in batches, and nothing else (R14)."""

from datetime import datetime, timedelta

import pytest
from django.contrib.sessions.models import Session

from apps.servers.models import SigningKey
from apps.servers.services import rotate_keys
from apps.systemlog.models import LogEvent, PeriodicJob
from apps.tokens import clock, tasks
from apps.tokens.models import AccessToken, Grant, RevokedToken, UsedAssertion
from apps.tokens.sweeps import SWEEPS, maintain_keys, sweep_expired
from apps.tokens.tasks import BEAT_SCHEDULE
from authzsite.celery import app
from tests.factories import TESTER
from tests.oauth.grants_fixture import (
    REFUSED,
    authorize,
    client_credentials,
    exchange,
    is_active,
    make_world,
    outcome,
    revoke,
    sign_in,
    tokens_of,
)

pytestmark = pytest.mark.django_db


def runs() -> list[dict[str, int]]:
    """What the runs that did something say of themselves."""
    found = LogEvent.objects.filter(event_type="system.job.run").order_by("pk")
    return [event.body["target"][0]["detailEntry"] for event in found]


def fill(moment: datetime) -> None:
    """One row of each table that is swept, over at `moment`."""
    world = make_world()
    sign_in(world)
    Grant.objects.update(sweep_after=moment)
    client_credentials(make_world(token_format="opaque"))
    AccessToken.objects.update(expires_at=moment - timedelta(days=1))
    revoke(world, client_credentials(world).access)
    RevokedToken.objects.update(expires_at=moment)
    UsedAssertion.objects.create(digest="d", expires_at=moment)
    Session.objects.create(session_key="k", session_data="", expire_date=moment)


def test_a_row_stays_until_its_moment_and_goes_at_it() -> None:
    now = clock.now()
    fill(now)

    assert sum(sweep_expired(now - timedelta(milliseconds=1)).values()) == 0
    counts = sweep_expired(now)

    assert counts == {sweep.name: 1 for sweep in SWEEPS}
    assert sum(sweep_expired(now).values()) == 0


@pytest.mark.parametrize("rows", [0, 1, 4, 5, 11])
def test_it_takes_any_number_in_batches(rows: int, django_assert_max_num_queries) -> None:
    now = clock.now()
    UsedAssertion.objects.bulk_create(
        UsedAssertion(digest=str(number), expires_at=now) for number in range(rows)
    )

    with django_assert_max_num_queries(len(SWEEPS) + rows // 5 + 1):
        counts = sweep_expired(now, batch=5)

    assert counts["usedAssertions"] == rows


def test_the_living_stay() -> None:
    world = make_world(token_format="opaque")
    tokens = sign_in(world)
    code = authorize(world)

    sweep_expired(clock.now() + timedelta(seconds=59))

    assert is_active(world, tokens.access) and is_active(world, tokens.refresh)
    assert exchange(world, code).status_code == 200


def test_113_a_code_whose_row_was_swept_is_refused_and_its_tokens_are_over() -> None:
    world = make_world()
    code = authorize(world, "openid")
    tokens = tokens_of(exchange(world, code))

    sweep_expired(Grant.objects.get().sweep_after)

    assert outcome(exchange(world, code)) == REFUSED
    assert not is_active(world, tokens.access)


def test_keys_are_rotated_when_due_and_dropped_when_nothing_needs_them() -> None:
    server = make_world().server
    now = clock.now()
    assert sum(maintain_keys(now).values()) == 0
    old = rotate_keys(actor=TESTER, server_id=server.pk)

    later = maintain_keys(now + timedelta(days=91))

    assert later["rotatedKeys"] >= 1 and later["droppedKeys"] >= 1
    assert not SigningKey.objects.filter(server=server, state="CURRENT", kid=old.kid).exists()


def test_r24_a_run_that_did_something_is_an_event() -> None:
    fill(clock.now() - timedelta(days=400))
    tasks.sweep_expired()
    tasks.sweep_expired()  # too early, and nothing to do
    assert runs() == [{sweep.name: 1 for sweep in SWEEPS}]
    row = PeriodicJob.objects.get(name="sweep-expired")
    assert (row.runs, row.rows_done, row.rows_left) == (1, len(SWEEPS), 0)


def test_beat_knows_the_tasks() -> None:
    app.finalize()
    for entry in BEAT_SCHEDULE.values():
        assert entry["task"] in app.tasks
    assert app.conf.beat_schedule.items() >= BEAT_SCHEDULE.items()
