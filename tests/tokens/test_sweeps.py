"""Sweeps delete what is over, in batches, and nothing else (R14)."""

from datetime import datetime, timedelta
from functools import partial

import pytest
from django.contrib.sessions.models import Session

from apps.clients.services import delete_client
from apps.directory.models import Attempt, User
from apps.servers.models import SigningKey
from apps.servers.services import rotate_keys
from apps.systemlog.jobs import run_job
from apps.systemlog.models import LogEvent, PeriodicJob
from apps.tokens import clock
from apps.tokens.models import AccessToken, Consent, Grant, RevokedToken, UsedAssertion
from apps.tokens.sweeps import SWEEPS, maintain_keys, sweep_expired
from apps.tokens.tasks import BEAT_SCHEDULE, KEYS, SWEEP
from authzsite.celery import app
from tests.factories import TESTER, make_user
from tests.guards.net import unguarded
from tests.oauth.grants_fixture import (
    REFUSED,
    authorize,
    beside,
    client_credentials,
    exchange,
    is_active,
    make_world,
    outcome,
    revoke,
    sign_in,
    tokens_of,
)
from tests.tokens.sweeping import UserSession, sweep

pytestmark = pytest.mark.django_db
MARGINS = {one.name: one.margin for one in SWEEPS}


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
    AccessToken.objects.update(expires_at=moment - MARGINS["accessTokens"])
    revoke(world, client_credentials(world).access)
    with unguarded():  # a tombstone never changes
        RevokedToken.objects.update(expires_at=moment - MARGINS["revokedTokens"])
    UsedAssertion.objects.create(digest="d", expires_at=moment - MARGINS["usedAssertions"])
    Attempt.objects.create(key="k", count=1, expires_at=moment)
    Session.objects.create(session_key="k", session_data="", expire_date=moment)
    sign_in_row(world.user, "g" * 40, moment - MARGINS["signIns"])
    consent("nobody", world.client.pk, world.server.pk, moment - MARGINS["consents"])


def sign_in_row(user: User, session_key: str, moment: datetime) -> None:
    """A row of a person's list of sessions."""
    UserSession.objects.create(
        user=user, session_key=session_key, ip="127.0.0.1", last_seen_at=moment
    )


def consent(user_id: str, client_id: str, server_id: str, moment: datetime) -> None:
    """A consent as old as that."""
    row = Consent.objects.create(user_id=user_id, client_id=client_id, server_id=server_id)
    Consent.objects.filter(pk=row.pk).update(created=moment)


def test_a_row_stays_until_its_moment_and_goes_at_it() -> None:
    now = clock.now()
    fill(now)

    assert sweep(now - timedelta(milliseconds=1)) == {}
    assert runs() == []
    counts = sweep(now)

    assert counts == {one.name: 1 for one in SWEEPS}
    assert runs() == [counts]
    assert sweep(now) == {} and sweep(now + timedelta(days=1)) == {}


def test_the_living_stay() -> None:
    world = make_world(token_format="opaque")
    tokens = sign_in(world)
    code = authorize(world)
    now = clock.now()
    Session.objects.create(
        session_key="k" * 40, session_data="", expire_date=now + timedelta(seconds=60)
    )
    sign_in_row(world.user, "k" * 40, now - timedelta(days=400))
    consent(world.user.pk, world.client.pk, world.server.pk, now - timedelta(days=400))

    assert sweep(now + timedelta(seconds=59)) == {}

    assert is_active(world, tokens.access) and is_active(world, tokens.refresh)
    assert exchange(world, code).status_code == 200


def test_a_consent_goes_with_whom_or_what_it_is_about() -> None:
    world, now = make_world(), clock.now()
    other = beside(world)
    for one in (world, other):
        consent(one.user.pk, one.client.pk, one.server.pk, now)
    delete_client(actor=TESTER, client=other.client)

    assert sweep(now + timedelta(days=1)) == {"consents": 1}

    assert Consent.objects.get().client_id == world.client.pk


def test_a_list_of_sessions_doesnt_grow_with_every_sign_in() -> None:
    user, now = make_user(), clock.now()
    for number in range(5):
        sign_in_row(user, f"{number}" * 40, now)
    expires = now + timedelta(days=2)
    Session.objects.create(session_key="3" * 40, session_data="", expire_date=expires)

    assert sweep(now) == {}  # a sign-in may be under way
    assert sweep(now + timedelta(days=1)) == {"signIns": 4}


def test_113_a_code_whose_row_was_swept_is_refused_and_its_tokens_are_over() -> None:
    world = make_world()
    code = authorize(world, "openid")
    tokens = tokens_of(exchange(world, code))

    sweep(Grant.objects.get().sweep_after)

    assert outcome(exchange(world, code)) == REFUSED
    assert not is_active(world, tokens.access)


def test_keys_are_rotated_when_due_and_dropped_when_nothing_needs_them() -> None:
    server = make_world().server
    now = clock.now()
    run_job(KEYS, partial(maintain_keys, now))
    old = rotate_keys(actor=TESTER, server_id=server.pk)

    run_job(KEYS, partial(maintain_keys, now + timedelta(days=91)), force=True)

    [later] = runs()
    assert later["rotatedKeys"] >= 1 and later["droppedKeys"] >= 1
    assert not SigningKey.objects.filter(server=server, state="CURRENT", kid=old.kid).exists()


def test_beat_knows_the_tasks() -> None:
    app.finalize()
    for entry in BEAT_SCHEDULE.values():
        assert entry["task"] in app.tasks
    assert app.conf.beat_schedule.items() >= BEAT_SCHEDULE.items()


def test_f24_a_clock_that_runs_ahead_deletes_nothing_early(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = make_world()
    revoked = client_credentials(world)
    revoke(world, revoked.access)
    ahead = clock.now() + timedelta(days=1)

    with monkeypatch.context() as patch:
        patch.setattr(clock, "now", lambda: ahead)
        app.tasks["apps.tokens.tasks.sweep_expired"]()
    run_job(SWEEP, partial(sweep_expired, ahead), force=True)

    assert PeriodicJob.objects.get(name=SWEEP.name).runs == 2
    assert not is_active(world, revoked.access)
