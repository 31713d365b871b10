"""Two workers with one job, and a job beside the requests that it is about."""

from functools import partial

import pytest

from apps.systemlog.models import LogEvent, RevocationJob
from apps.tokens import clock
from apps.tokens.cascade import advance
from apps.tokens.models import AccessToken
from tests.oauth.grants_fixture import client_credentials, make_world, refresh, sign_in
from tests.oauth.races.endings import end_client, end_rule
from tests.oauth.watching import watch
from tests.races import at_once, failures

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def work(job_id: str) -> None:
    """A worker that comes back until the job is done."""
    while RevocationJob.objects.filter(pk=job_id).exclude(state="DONE").exists():
        advance(job_id, clock.now(), batch=2)


def test_of_several_workers_each_row_is_marked_and_counted_once() -> None:
    world = make_world(token_format="opaque")
    for _ in range(20):
        client_credentials(world)
    end_client(world)
    job = RevocationJob.objects.get()

    results = at_once(*[partial(work, job.pk)] * 6)

    assert failures(results) == []
    job.refresh_from_db()
    assert (job.state, job.rows_done) == ("DONE", 20)
    assert AccessToken.objects.filter(revoked_at=None).count() == 0
    events = LogEvent.objects.filter(event_type__startswith="app.oauth2.token.revoke.implicit.")
    assert events.count() == 1


def test_a_job_beside_refreshes_leaves_living_families_alone() -> None:
    """A rule ends; those who refresh meanwhile stand on another one."""
    ended, living = make_world(), make_world(leeway=30)
    sign_in(ended)
    first = sign_in(living)
    end_rule(ended)
    job = RevocationJob.objects.get()

    results = at_once(*[partial(refresh, living, first.refresh)] * 10, partial(work, job.pk))

    assert failures(results) == []
    assert watch(living).is_active(results[0].json()["refresh_token"])
