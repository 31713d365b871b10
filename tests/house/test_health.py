"""What probes and monitors hear (F7, R14)."""

from datetime import datetime, timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone

from apps.servers.models import Installation
from apps.systemlog.jobs import registered
from apps.systemlog.models import PeriodicJob
from tests.oauth.grants_fixture import make_world, sign_in

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def health(name: str) -> tuple[int, dict[str, object]]:
    """Status and body."""
    response = Browser().get(f"/health/{name}")
    return response.status_code, response.json()


def every_job_ran(moment: datetime) -> None:
    """At that moment, as far as the rows tell."""
    for name, job in registered().items():
        interval = timedelta(seconds=job.interval)
        times = {"started": moment, "finished": moment, "next_run": moment + interval}
        PeriodicJob.objects.create(name=name, interval=job.interval, **times)


def installed(moment: datetime) -> None:
    """The installation is as old as that."""
    Installation.objects.update(created=moment)


def test_a_new_installation_may_take_its_time() -> None:
    installed(timezone.now())
    assert health("jobs") == (200, {"status": "ok"})


@pytest.mark.fault
def test_f7_without_a_worker_from_the_beginning_clean_up_is_stalled_and_nothing_else() -> None:
    installed(timezone.now() - 3 * DAY)

    assert health("jobs") == (503, {"status": "clean-up stalled", "jobs": sorted(registered())})
    assert health("ready") == (200, {"status": "ok"}) == health("live")
    assert sign_in(make_world()).refresh


@pytest.mark.fault
def test_f7_a_worker_that_died_a_day_ago_is_noticed_by_the_jobs_that_are_due() -> None:
    every_job_ran(timezone.now())
    assert health("jobs") == (200, {"status": "ok"})

    PeriodicJob.objects.all().delete()
    every_job_ran(timezone.now() - DAY)

    status, body = health("jobs")
    assert (status, body["status"]) == (503, "clean-up stalled")
    due = {name for name, job in registered().items() if 2 * job.interval < DAY.total_seconds()}
    assert body["jobs"] == sorted(due) and "sweep-expired" in due
    assert health("ready") == (200, {"status": "ok"})


@pytest.mark.fault
def test_a_holder_that_died_is_noticed() -> None:
    every_job_ran(timezone.now())
    lost = timezone.now() - timedelta(seconds=1)
    PeriodicJob.objects.filter(name="sweep-expired").update(holder="dead", leased_until=lost)

    assert health("jobs")[1] == {"status": "clean-up stalled", "jobs": ["sweep-expired"]}
