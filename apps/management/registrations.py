"""Registered clients that nobody has ever used leave again (row 254), or the quota of whoever
registers them would be used up by what was tried once."""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from apps.clients.models import Client
from apps.clients.services import delete_client
from apps.systemlog.entries import SYSTEM
from apps.systemlog.jobs import Progress
from apps.systemlog.models import LogEvent
from apps.tokens.models import Grant

UNUSED: Final = timedelta(days=30)
WINDOW: Final = timedelta(days=7)  # after it the log may have forgotten a use
PROTOCOL: Final = "app.oauth2.as."  # how the types of events of sign-ins and tokens begin
BATCH: Final = 50


def unused(now: datetime) -> QuerySet[Client]:
    """Registered clients whose first 30 days have passed without a secret that was right, a grant
    or a success that the log has of them. Where the log keeps less than that, none: who was used
    can't be known."""
    if timedelta(days=settings.LOG_RETENTION_DAYS) < UNUSED + WINDOW:
        return Client.objects.none()
    begun = Client.objects.filter(
        registered_by__gt="", created__lte=now - UNUSED, created__gt=now - UNUSED - WINDOW
    )
    uses = (
        LogEvent.objects.filter(
            client_id=OuterRef("pk"), outcome="SUCCESS", event_type__startswith=PROTOCOL
        ),
        Grant.objects.filter(client_id=OuterRef("pk")),
    )
    return begun.filter(*(~Exists(one) for one in uses)).exclude(
        secrets__last_used_at__isnull=False
    )


def forget_unused(progress: Progress, now: datetime) -> bool:
    """Delete them as an administrator would, each in the log; True when there is more to do."""
    while True:
        found = list(unused(now).order_by("created", "pk")[:BATCH])
        for client in found:
            delete_client(actor=SYSTEM, client=client)
            progress.report(rows=1, table="registrations")
        if len(found) < BATCH:
            return False
        if progress.is_over_time():
            return True
