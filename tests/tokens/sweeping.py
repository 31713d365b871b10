"""One run of the sweep, at whatever time a test says."""

from datetime import datetime
from functools import partial
from typing import Any

from django.apps import apps

from apps.systemlog.jobs import run_job
from apps.systemlog.models import PeriodicJob
from apps.tokens.sweeps import sweep_expired
from apps.tokens.tasks import SWEEP

UserSession: Any = apps.get_model("usersessions.UserSession")


def sweep(now: datetime) -> dict[str, int]:
    """Run it; the rows that it deleted, by table."""
    assert run_job(SWEEP, partial(sweep_expired, now), force=True, clock=lambda: now)
    counts = PeriodicJob.objects.get(name=SWEEP.name).counts
    return {name: count for name, count in counts.items() if count}
