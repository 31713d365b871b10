"""P12: what the cascade has marked is what one expression over all rows says, however it was cut
into batches, killed, repeated and run side by side."""

from functools import partial
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from apps.systemlog.models import LogEvent, RevocationJob
from apps.tokens import clock
from apps.tokens.cascade import advance, open_jobs
from tests.races import at_once, failures
from tests.tokens.closure import CHANGES, Town, change, issue, marked, must_be_marked

IMPLICIT = "app.oauth2.token.revoke.implicit."
batches = st.sampled_from([1, 2, 3, 7, 100])
bounded = settings(
    derandomize=True,
    deadline=None,
    max_examples=15,
    phases=[Phase.generate],  # what fails needs no hour to be made smaller
    suppress_health_check=[HealthCheck.too_slow],
)


class Killed(Exception):
    """The worker is gone before its COMMIT."""


def killed(job_id: str, batch: int) -> None:
    """A batch that comes to nothing."""
    try:
        with transaction.atomic():
            advance(job_id, clock.now(), batch=batch)
            raise Killed
    except Killed:
        pass


def work_off(data: Any) -> None:
    """Until all is done, in whatever order of jobs and size of batches, each batch killed once
    before it succeeds or repeated after it, as it comes."""
    while waiting := open_jobs():
        job_id = waiting[data.draw(st.integers(0, len(waiting) - 1))]
        batch = data.draw(batches)
        if data.draw(st.booleans()):
            killed(job_id, batch)
        advance(job_id, clock.now(), batch=batch)


def events() -> int:
    """How many there are."""
    return LogEvent.objects.filter(event_type__startswith=IMPLICIT).count()


def counted() -> int:
    """How many tokens they speak of."""
    found = LogEvent.objects.filter(event_type__startswith=IMPLICIT)
    targets = [event.body["target"][0] for event in found]
    return sum(target["detailEntry"]["TokenCount"] or 0 for target in targets)


@pytest.mark.django_db
def test_p12_what_is_marked_is_the_declarative_closure() -> None:
    town = Town.build()
    issue(town)

    @bounded
    @given(st.data())
    def closure(data: Any) -> None:
        with transaction.atomic():
            for number in data.draw(st.lists(st.sampled_from(range(len(CHANGES))), max_size=6)):
                change(town, number)
                if data.draw(st.booleans()):
                    work_off(data)
            work_off(data)
            assert_closed()
            for job in RevocationJob.objects.all():
                assert not advance(job.pk, clock.now())
            assert_closed()
            transaction.set_rollback(True)

    closure()


def assert_closed() -> None:
    """What is marked is what must be, and one event of each job has counted it."""
    found = marked()
    assert found == must_be_marked()
    assert events() == RevocationJob.objects.filter(state="DONE").count()
    assert counted() == len(found)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("numbers", [(1, 9, 21, 22), (7, 11, 15, 24), (4, 6, 27, 13), (28, 17, 5)])
def test_p12_beside_one_another_all_jobs_mark_the_same(numbers: tuple[int, ...]) -> None:
    town = Town.build()
    issue(town)
    for number in numbers:
        change(town, number)
    jobs = open_jobs()

    def deliver(order: list[str]) -> None:
        while set(open_jobs()) & set(order):
            for job_id in order:
                advance(job_id, clock.now(), batch=2)

    results = at_once(*[partial(deliver, jobs), partial(deliver, jobs[::-1])] * 2)

    assert failures(results) == []
    assert set(jobs) == {job.pk for job in RevocationJob.objects.filter(state="DONE")}
    assert_closed()
