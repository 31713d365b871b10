"""Celery's tasks for event hooks, and for keys that are over. What is to be delivered are rows; a
message says "look now"."""

from functools import partial
from typing import Any, Final

from celery import shared_task
from django.utils.translation import gettext_noop

from apps.management.hooks.delivery import deliver_due
from apps.management.hooks.retention import forget_deliveries as forget
from apps.management.hooks.services.deliveries import DELIVER_JOB
from apps.management.registrations import forget_unused
from apps.management.sweeps import sweep_calls
from apps.systemlog.jobs import Job, register, run_job
from apps.tokens import clock

DELIVER: Final = register(
    Job(
        DELIVER_JOB,
        5,
        gettext_noop("Tell event hooks of revocations"),
        gettext_noop(
            "Sends what is due to the active and verified hooks, and gives up what nobody took."
        ),
    )
)
FORGET: Final = register(
    Job(
        "forget-deliveries",
        3600,
        gettext_noop("Delete old deliveries of event hooks"),
        gettext_noop("Removes delivered ones after 7 days, and those that were given up after 30."),
    )
)

SWEEP: Final = register(
    Job(
        "sweep-api",
        3600,
        gettext_noop("Delete old keys of the management APIs"),
        gettext_noop(
            "Removes answers kept for Idempotency-Key after a day, and API tokens 7 days after "
            "their "
            "end."
        ),
    )
)

UNUSED: Final = register(
    Job(
        "expire-registrations",
        86400,
        gettext_noop("Delete registered clients that nobody has used"),
        gettext_noop(
            "Removes clients of the registration endpoint whose first 30 days passed without a "
            "sign-in "
            "or a token."
        ),
    )
)

BEAT_SCHEDULE: Final[dict[str, dict[str, Any]]] = {
    job.name: {"task": f"apps.management.tasks.{task}", "schedule": float(job.interval)}
    for job, task in (
        (DELIVER, "deliver_events"),
        (FORGET, "forget_deliveries"),
        (SWEEP, "sweep_keys"),
        (UNUSED, "expire_registrations"),
    )
}


@shared_task
def deliver_events() -> None:
    """Deliver what is due."""
    run_job(DELIVER, partial(deliver_due, clock=clock.now), clock=clock.now)


@shared_task
def forget_deliveries() -> None:
    """Delete what nobody will ask for again."""
    run_job(FORGET, partial(forget, now=clock.now()), clock=clock.now)


@shared_task
def sweep_keys() -> None:
    """Delete answers and API tokens whose time is over."""
    run_job(SWEEP, partial(sweep_calls, now=clock.now()), clock=clock.now)


@shared_task
def expire_registrations() -> None:
    """Delete registered clients that nobody has ever used."""
    run_job(UNUSED, partial(forget_unused, now=clock.now()), clock=clock.now)
