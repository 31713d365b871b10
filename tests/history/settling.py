"""What is left once everybody has stopped: no open job, and every dead row is marked."""

import time
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q

from apps.oauth import runtime
from apps.systemlog.models import RevocationJob
from apps.tokens.django_store import DjangoStore
from apps.tokens.drive import drive
from apps.tokens.introspect import Presentation, judge
from apps.tokens.models import AccessToken, Grant
from apps.tokens.standing import grant_fault
from apps.tokens.store import Lookup, Reading
from authzsite.domain.revocation import Cause, Fault
from authzsite.domain.server import ServerSnapshot
from authzsite.domain.vocabulary import ACCESS_TOKEN

POLL_SECONDS, TELL_SECONDS = 0.5, 10.0


def settle(seconds: float, stillborn: Collection[str]) -> dict[str, Any]:
    """Wait for the worker, then look at each row that isn't marked. Rows whose grant was under way
    while something ended it (`stillborn`) may have been written after the marking."""
    began = told = time.monotonic()
    while (left := open_jobs()) and time.monotonic() < began + seconds:
        time.sleep(POLL_SECONDS)
        if time.monotonic() > told + TELL_SECONDS:
            told = time.monotonic()
            print(f"{told - began:7.0f} s {left} open jobs", flush=True)
    print(f"the worker was done after {time.monotonic() - began:.0f} s", flush=True)
    rows = Grant.objects.count() + AccessToken.objects.count()
    return {"open_jobs": open_jobs(), "unmarked": unmarked(stillborn), "rows": rows}


def open_jobs() -> int:
    """Jobs of the outbox that aren't done."""
    return RevocationJob.objects.exclude(state=RevocationJob.State.DONE).count()


def unmarked(stillborn: Collection[str]) -> list[str]:
    """Rows that are dead by what they stand on, and don't say so."""
    found = []
    for grant in Grant.objects.filter(revoked_at=None).iterator():
        fault = fault_of_grant(grant)
        if counts(fault) and grant.code_digest not in stillborn:
            found.append(f"grant {grant.pk}: {fault}")
    ended = Grant.objects.filter(~Q(revoked_at=None)).values("pk")
    for token in AccessToken.objects.filter(revoked_at=None).exclude(grant_id__in=ended).iterator():
        fault = fault_of_token(token)
        if counts(fault) and token.pk not in stillborn:
            found.append(f"access token of {token.client_id}: {fault}")
    return found


def counts(fault: Fault | None) -> bool:
    """What has expired is the sweep's."""
    return fault is not None and fault.cause is not Cause.EXPIRED


def fault_of_grant(grant: Grant) -> Fault | None:
    """Why it is dead; a code that waits for its exchange stands on no policy (R17)."""
    now = datetime.now(UTC)
    reading, server = read(grant.server_id, Lookup(grant=grant.pk))
    return grant_fault(reading, server, now, policies=grant.code_consumed_at is not None)


def fault_of_token(token: AccessToken) -> Fault | None:
    """Why it is dead, as introspection would say."""
    lookup = Lookup(access=token.pk)
    reading, server = read(token.server_id, lookup)
    shown = Presentation("", ACCESS_TOKEN, lookup)
    return judge(shown, reading, server, datetime.now(UTC)).fault


def read(server_id: str, lookup: Lookup) -> tuple[Reading, ServerSnapshot]:
    """What the product itself would compare."""
    reading = drive(DjangoStore().read(server_id, "", lookup, datetime.now(UTC)))
    assert reading.server is not None
    return reading, runtime.server_snapshot(reading.server)
