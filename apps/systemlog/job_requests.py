"""Running a job now because a person asks for it; the request is an event (R24)."""

from functools import partial

from django.db import transaction

from apps.systemlog.entries import Actor, Entry, Target
from apps.systemlog.job_states import OPEN_STATES
from apps.systemlog.jobs import registered, want
from apps.systemlog.models import RevocationJob
from apps.systemlog.outbox import offer
from apps.systemlog.record import record


def run_periodic(*, actor: Actor, name: str) -> str:
    """Want the periodic job now, whatever its time; its title. KeyError when there is none."""
    job = registered()[name]
    with transaction.atomic():
        want(name)
        _record(actor, Target(name, "Job", name, job.title))
    return job.title


def run_revocation(*, actor: Actor, job_id: str) -> str | None:
    """Offer an open revocation to the workers again; what it is about, None when it isn't open.
    Harmless while a worker has it."""
    with transaction.atomic():
        job = RevocationJob.objects.filter(pk=job_id, state__in=OPEN_STATES).first()
        if job is None:
            return None
        name = job.object_name or job.object_id
        _record(actor, Target(job.pk, "Job", job.cause, name))
        transaction.on_commit(partial(offer, job_id), robust=True)
    return name


def _record(actor: Actor, target: Target) -> None:
    record(Entry("system.job.request", actor, (target,)))
