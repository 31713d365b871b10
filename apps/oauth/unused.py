"""Which clients got nothing for 90 days: found by a job, a batch at a time, so that the dashboard
reads a few ids and walks nothing."""

import json
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_noop

from apps.clients.models import ActiveStatus, Client, ClientSecret
from apps.systemlog.jobs import Job, Progress, register
from apps.systemlog.models import LogEvent, PeriodicJob
from apps.systemlog.tally import ACCESS, CODE

UNUSED: Final = timedelta(days=90)
BATCH_ROWS: Final = 500
MOST: Final = 100  # more are no news
PLACE, SO_FAR, FOUND = "clients", "so far", "found"

UNUSED_CLIENTS: Final = register(
    Job(
        "unused-clients",
        6 * 60 * 60,
        gettext_noop("Find unused clients"),
        gettext_noop("Looks which active clients got no token for 90 days, for the dashboard."),
    )
)


def unused_clients(now: datetime) -> QuerySet[Client]:
    """Those of the job's last whole run that are still active and used no secret meanwhile."""
    rows = PeriodicJob.objects.filter(name=UNUSED_CLIENTS.name).values_list("places", flat=True)
    ids = json.loads((rows.first() or {}).get(FOUND, "[]"))
    return Client.objects.filter(
        ~Exists(_used(now - UNUSED)), pk__in=ids, status=ActiveStatus.ACTIVE
    )


def find_unused(progress: Progress, now: datetime) -> bool:
    """Go on where the last run stopped; at the end what was found takes the place of what was
    known. True when the time of the run is up before the end."""
    place: str = progress.places.get(PLACE, "")
    found: list[str] = json.loads(progress.places.get(SO_FAR, "[]"))
    while len(found) < MOST:
        batch = list(Client.objects.filter(pk__gt=place).order_by("pk")[:BATCH_ROWS])
        if not batch:
            break
        place = batch[-1].pk
        found += _idle([one.pk for one in batch], now - UNUSED)
        progress.places |= {PLACE: place, SO_FAR: json.dumps(found[:MOST])}
        progress.report(rows=len(batch))
        if progress.is_over_time():
            return True
    progress.places |= {PLACE: "", SO_FAR: "[]", FOUND: json.dumps(found[:MOST])}
    progress.report()
    return False


def _used(since: datetime) -> QuerySet[ClientSecret]:
    return ClientSecret.objects.filter(client=OuterRef("pk"), last_used_at__gte=since)


def _idle(ids: list[str], since: datetime) -> list[str]:
    """Active, older than that, no secret used, and the newest token or code is older, too: asked of
    the log's index from its end."""
    got = LogEvent.objects.filter(client_id=OuterRef("pk"), event_type__in=(ACCESS, CODE))
    newest = Subquery(got.order_by("-pk").values("published")[:1])
    active = Client.objects.filter(pk__in=ids, status=ActiveStatus.ACTIVE, created__lt=since)
    silent = active.filter(~Exists(_used(since))).annotate(last=newest)
    quiet = silent.filter(Q(last=None) | Q(last__lt=since))
    return list(quiet.order_by("pk").values_list("pk", flat=True))
