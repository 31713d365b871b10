"""A job's bookkeeping, and what happens when the database gives a batch up (F17)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from apps.clients.services import assign_group, unassign_group
from apps.systemlog import units
from apps.systemlog.models import LogEvent, RevocationJob
from apps.systemlog.outbox import rows_left
from apps.tokens import cascade, clock
from apps.tokens.cascade import advance, open_jobs
from apps.tokens.models import AccessToken, Grant
from apps.tokens.tasks import run_revocation_job
from tests.factories import TESTER, make_group, make_user
from tests.oauth.grants_fixture import client_credentials, make_world, sign_in
from tests.oauth.races.endings import end_client, end_rule, end_server, end_user

pytestmark = pytest.mark.django_db(transaction=True)
EVENTS = LogEvent.objects.filter(event_type__startswith="app.oauth2.token.revoke.implicit.")


class Deadlock(Exception):
    """What the driver raises for a deadlock."""

    sqlstate = "40P01"


def make_ended(rows: int = 3) -> RevocationJob:
    """A stopped client with rows of its own, and the job that follows."""
    world = make_world(token_format="opaque")
    for _ in range(rows):
        client_credentials(world)
    end_client(world)
    return RevocationJob.objects.get()


def fresh(job: RevocationJob) -> RevocationJob:
    """As it stands now."""
    return RevocationJob.objects.get(pk=job.pk)


@contextmanager
def giving_up(statement: int, times: int) -> Iterator[list[int]]:
    """The database gives up the transaction at this statement, so many times."""
    seen = [0, 0]  # statements of this transaction; how often it was given up

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen[0] = 0 if sql.startswith("BEGIN") or seen[0] < 0 else seen[0] + 1
        if seen[0] == statement and seen[1] < times:
            seen[1] += 1
            seen[0] = -1
            raise OperationalError("deadlock detected") from Deadlock()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield seen


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests don't wait."""
    monkeypatch.setattr(units, "PAUSE_SECONDS", 0)


@pytest.mark.parametrize("statement", range(1, 8))
def test_f17_a_batch_that_was_given_up_is_done_again_whole(statement: int) -> None:
    job = make_ended()
    with giving_up(statement, times=2) as seen:
        while advance(job.pk, clock.now(), batch=2):
            pass
    assert seen[1] == 2
    after = fresh(job)
    assert (after.state, after.rows_done, after.rows_seen, after.progress) == ("DONE", 3, 3, 1000)
    assert AccessToken.objects.filter(revoked_at=None).count() == 0
    assert EVENTS.count() == 1


@pytest.mark.parametrize("statement", range(1, 6))
def test_f17_what_is_given_up_again_and_again_leaves_nothing_behind(statement: int) -> None:
    job = make_ended()
    with giving_up(statement, times=4), pytest.raises(OperationalError):
        run_revocation_job(job.pk)
    after = fresh(job)
    assert (after.state, after.rows_done, after.cursor) == ("OPEN", 0, "")
    assert after.last_error == "OperationalError: deadlock detected"
    assert AccessToken.objects.exclude(revoked_at=None).count() == 0

    run_revocation_job(job.pk)  # as beat will
    assert (fresh(job).state, fresh(job).rows_done, EVENTS.count()) == ("DONE", 3, 1)


def test_attempts_progress_and_times_are_kept() -> None:
    job, now = make_ended(rows=20), clock.now()
    assert rows_left(job) is None

    assert advance(job.pk, now, batch=5, is_new=True)
    first = fresh(job)
    assert (first.attempts, first.started, first.updated, first.finished) == (1, now, now, None)
    assert (first.rows_seen, first.rows_done, first.state) == (5, 5, "RUNNING")
    assert 500 < first.progress < 1000  # all grants, of which there are none, and some tokens
    estimate = rows_left(first)
    assert estimate is not None and estimate < 20

    later = now + timedelta(seconds=5)
    while advance(job.pk, later, batch=5, is_new=True):
        pass
    last = fresh(job)
    assert (last.attempts, last.started, last.finished) == (5, now, later)
    assert (last.rows_seen, last.rows_done, last.progress, rows_left(last)) == (20, 20, 1000, 0)


def test_only_what_is_quiet_is_offered_again() -> None:
    job, now = make_ended(), clock.now()
    assert open_jobs() == [job.pk]
    assert open_jobs(quiet_since=now - timedelta(seconds=30)) == []
    assert open_jobs(quiet_since=now + timedelta(seconds=30)) == [job.pk]


def test_a_kind_that_nobody_knows_stays_open_and_says_so() -> None:
    sign_in(make_world())
    job = RevocationJob.objects.create(kind="nonsense", object_id="x", cause="c")
    with pytest.raises(KeyError):
        run_revocation_job(job.pk)
    assert (fresh(job).state, fresh(job).last_error) == ("OPEN", "KeyError: …")


def test_other_parts_add_a_judge_and_what_finishes_their_jobs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, finished = make_world(), []
    sign_in(world), sign_in(world)
    first = Grant.objects.order_by("created")[0]
    monkeypatch.setitem(
        cascade.JUDGES, "other", lambda scope, rows, now: lambda row, vector: row.pk == first.pk
    )
    monkeypatch.setitem(cascade.ON_FINISH, "other", lambda job, now: finished.append(job.rows_done))
    scope = {"user": world.user.pk}
    job = RevocationJob.objects.create(kind="other", object_id="x", cause="c", scope=scope)

    run_revocation_job(job.pk)
    run_revocation_job(job.pk)

    assert finished == [1]
    assert list(Grant.objects.exclude(revoked_at=None)) == [first]


@pytest.mark.parametrize("end", [end_user, end_client, end_server, end_rule])
@pytest.mark.parametrize("rows", [2, 30])
def test_p12_a_batch_is_as_many_statements_however_many_rows(end: Any, rows: int) -> None:
    world = make_world(token_format="opaque")
    for _ in range(rows):
        sign_in(world)
    end(world)
    job = RevocationJob.objects.get()
    with CaptureQueriesContext(connection) as seen:
        advance(job.pk, clock.now())
    assert len([query for query in seen if "SAVEPOINT" not in query["sql"]]) <= 9


@pytest.mark.parametrize("members", [2, 30])
def test_a_groups_lost_client_is_judged_in_three_statements_a_batch(members: int) -> None:
    world = make_world(is_assigned=False)
    users = [make_user() for _ in range(members)]
    group = make_group(*users)
    assign_group(actor=TESTER, client=world.client, group=group)
    for user in users:
        sign_in(replace(world, user=user))
    unassign_group(actor=TESTER, client=world.client, group=group)
    job = RevocationJob.objects.get()

    with CaptureQueriesContext(connection) as seen:
        advance(job.pk, clock.now())

    assert len([query for query in seen if "SAVEPOINT" not in query["sql"]]) <= 10
    assert Grant.objects.exclude(revoked_at=None).count() == members
    while advance(job.pk, clock.now()):
        pass
    target = EVENTS.get().body["target"][0]
    assert (target["type"], target["id"], target["displayName"]) == (
        "UserGroup",
        group.pk,
        group.name,
    )
