"""Background marking after a revoking change: exact, resumable, idempotent, and never needed."""

from datetime import timedelta
from typing import Any

import pytest

from apps.clients.services import activate_client, update_client, update_token_policy
from apps.systemlog.models import LogEvent, PeriodicJob, RevocationJob
from apps.tokens import clock, tasks
from apps.tokens.cascade import JUDGES, WITHOUT_ROWS, advance, open_jobs
from apps.tokens.models import AccessToken, Grant
from apps.tokens.tasks import offer_revocation_jobs, run_revocation_job
from tests.factories import TESTER, make_token_policy
from tests.oauth.grants_fixture import (
    REFUSED,
    authorize,
    client_credentials,
    exchange,
    make_world,
    outcome,
    refresh,
    sign_in,
)
from tests.oauth.liveness.causes import ALL, Cause
from tests.oauth.liveness.people import time_passes
from tests.oauth.liveness.scene import Scene, make_scene
from tests.oauth.liveness.test_matrix import CAUSES
from tests.oauth.races.endings import end_client, end_rule, end_user
from tests.oauth.watching import watch

pytestmark = pytest.mark.django_db
OUTBOX = RevocationJob.objects.order_by("created", "pk")


def drain(**options: Any) -> int:
    """Do all jobs; how many batches that took."""
    batches = 0
    for job_id in open_jobs():
        batches += 1
        while advance(job_id, clock.now(), **options):
            batches += 1
    return batches


def marked() -> list[tuple[str, str]]:
    """The marked rows, with what marked them."""
    tables = (Grant.objects, AccessToken.objects)
    found = [rows.exclude(revoked_at=None).values_list("pk", "revoked_by") for rows in tables]
    return sorted(row for rows in found for row in rows)


def implicit_events() -> list[tuple[str, Any]]:
    """(family, TokenCount) of the implicit events, oldest first."""
    found = LogEvent.objects.filter(event_type__startswith="app.oauth2.token.revoke.implicit.")
    return [
        (
            event.event_type.rpartition(".")[2],
            event.body["target"][0]["detailEntry"].get("TokenCount"),
        )
        for event in found.order_by("pk")
    ]


def dead_rows(scene: Scene, cause: Cause) -> int:
    """How many of the scene's rows the change ends: a grant for each token of a user, a row for
    each opaque access token."""
    dead = cause.dead_in("opaque")
    grants = len(dead & {"code", "refresh", "access", "neighbour", "elsewhere"})
    access = len(dead & {"refresh", "access", "neighbour", "elsewhere", "own"})
    return grants + access


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.title)
def test_it_marks_what_the_change_has_ended_and_nothing_that_lives(cause: Cause) -> None:
    scene = make_scene("opaque", paths=cause.paths, password_counts=cause.password_counts)
    if cause.prepare:
        cause.prepare(scene)
    scene.issue()
    drain()
    before = len(marked())

    cause.change(scene)
    has_jobs = bool(open_jobs())
    drain()

    if has_jobs:
        assert len(marked()) - before == dead_rows(scene, cause)
    else:  # time needs no job
        assert cause.change is time_passes or not cause.dead_in("opaque")
    assert scene.alive() == ALL - cause.dead_in("opaque")


def test_every_kind_of_job_has_a_judge() -> None:
    kinds = {"as", "client", "user", "assignment", "scope", "policy", "rule", "key"}
    assert JUDGES.keys() | WITHOUT_ROWS == kinds | {"installation", "token_policy", "cutoff"}


def test_r16_a_login_clients_tokens_do_not_stand_on_its_token_policy() -> None:
    world, policy = make_world(), make_token_policy()
    update_client(actor=TESTER, client=world.client, token_policy=policy)
    token = sign_in(world)
    drain()
    update_token_policy(actor=TESTER, policy=policy, access_token_lifetime=60)
    assert drain()
    assert marked() == []
    assert refresh(world, token.refresh).status_code == 200


@pytest.mark.parametrize("batch", [1, 2, 3, 100])
def test_it_goes_on_where_it_was_killed_and_counts_once(batch: int) -> None:
    world = make_world(token_format="opaque")
    other = make_world(token_format="opaque")
    for _ in range(3):
        sign_in(world), client_credentials(world), sign_in(other)
    end_client(world)
    job = OUTBOX[0]

    assert advance(job.pk, clock.now(), batch=batch)
    assert OUTBOX[0].state == "RUNNING"
    batches = drain(batch=batch)

    assert batches <= 9 // batch + 3
    assert len(marked()) == 9
    assert (OUTBOX[0].state, OUTBOX[0].rows_done) == ("DONE", 9)
    assert implicit_events() == [("client", 9)]


def test_running_it_again_changes_nothing() -> None:
    world = make_world(token_format="opaque")
    sign_in(world)
    end_user(world)
    drain()
    first, moment = marked(), Grant.objects.get().revoked_at
    job = OUTBOX[0]

    run_revocation_job(job.pk)
    run_revocation_job("rvjNothingOfTheKind0")

    assert marked() == first and Grant.objects.get().revoked_at == moment
    assert implicit_events() == [("user", 2)]


def test_what_was_issued_after_the_change_is_not_touched() -> None:
    world = make_world(token_format="opaque")
    old = sign_in(world)
    end_client(world)
    activate_client(actor=TESTER, client=world.client)
    new = sign_in(world)

    drain()

    watcher = watch(world)
    assert watcher.alive(old) == []
    assert watcher.alive(new) == sorted([new.access, new.refresh])
    assert implicit_events() == [("client", 2)]


def test_a_code_that_waits_for_its_exchange_survives_the_end_of_a_rule() -> None:
    world = make_world(token_format="opaque")
    sign_in(world)
    code = authorize(world)
    end_rule(world)

    drain()

    assert implicit_events() == [("as", 2)]
    assert exchange(world, code).status_code == 200


def test_the_log_says_by_what_a_marked_token_was_revoked() -> None:
    world = make_world()
    tokens = sign_in(world)
    end_rule(world)
    cause = OUTBOX[0].cause
    drain()

    assert outcome(refresh(world, tokens.refresh)) == REFUSED

    newest = LogEvent.objects.filter(event_type="app.oauth2.as.token.grant").order_by("-pk")[0]
    assert newest.reason == f"revoked:{cause}"


def test_the_event_belongs_to_the_request_that_made_the_change() -> None:
    world = make_world()
    end_user(world)
    reference = OUTBOX[0].reference
    drain()

    event = LogEvent.objects.get(event_type="app.oauth2.token.revoke.implicit.user")

    assert event.reference == reference
    assert (event.user_id, event.outcome) == (world.user.pk, "SUCCESS")
    assert event.body["target"][0]["id"] == world.user.pk


def test_however_late_it_runs_it_marks_the_same() -> None:
    world = make_world(token_format="opaque")
    sign_in(world)
    end_user(world)
    later = clock.now() + timedelta(days=400)

    while advance(OUTBOX[0].pk, later):
        pass

    assert len(marked()) == 2


def test_beat_offers_every_job_again_that_no_worker_has_advanced_lately(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    offered: list[str] = []

    def take(job_id: str) -> bool:
        offered.append(job_id)
        return True

    monkeypatch.setattr(tasks, "offer", take)
    end_user(make_world())
    world = make_world()
    end_client(world)
    jobs = [job.pk for job in OUTBOX]
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(seconds=60))
    advance(jobs[1], now + timedelta(seconds=31), batch=1)

    offer_revocation_jobs()

    assert offered == jobs[:1]
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(seconds=120))
    offer_revocation_jobs()
    assert offered == [*jobs[:1], *jobs[:1]]  # the other one had nothing to mark and is done


def test_f9_a_broker_that_takes_nothing_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    monkeypatch.setattr(tasks, "offer", tried.append)  # which returns nothing
    for _ in range(3):
        end_user(make_world())
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(seconds=60))

    offer_revocation_jobs()

    assert len(tried) == 1
    assert PeriodicJob.objects.get(name="offer-revocation-jobs").rows_done == 0
