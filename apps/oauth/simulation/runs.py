"""Runs of drafts: all of the log's decisions of some days and all grants that live, in batches.

A batch is read, judged, and stored with its place in one transaction, so that a worker that is
killed leaves nothing half done, and whoever comes after goes on where it was.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from apps.oauth.simulation.drafting import drafted
from apps.oauth.simulation.recorded import (
    LiveGrant,
    Recorded,
    Request,
    decisions_among,
    live_requests,
)
from apps.oauth.simulation.worlds import Asked, replay, world_of
from apps.policies.models import WhatIfFinding, WhatIfRun
from apps.policies.services.what_if import Batch, begin_run, fail_run, record_batch
from apps.systemlog.jobs import Progress
from apps.systemlog.models import LogEvent
from apps.systemlog.units import retried
from apps.tokens.selectors import live_grants
from authzsite.domain.policy_types import Decision
from authzsite.domain.validation import InvalidError
from authzsite.domain.whatif import SAME, Comparison, Difference, outcomes

BATCH_ROWS: Final = 500
COUNTED: Final = 100_000  # what is to be looked at is counted as far as this
ENDING: Final = "ending"
NOT_REPLAYED: Final = "not_replayed"
Phase, State = WhatIfRun.Phase, WhatIfRun.State


def work_off(progress: Progress, now: datetime, batch_rows: int = BATCH_ROWS) -> bool:
    """Go on with the runs that are open, the oldest first; True when time is over before they
    are."""
    while (run := _next()) is not None:
        try:
            looked_at = _step(run, now, batch_rows)
        except InvalidError as error:
            fail_run(run_id=run.pk, error=str(error), now=now)
            continue
        progress.report(rows=looked_at, table="requests")
        if progress.is_over_time():
            return True
    return False


def _next() -> WhatIfRun | None:
    found = WhatIfRun.objects.filter(state__in=(State.OPEN, State.RUNNING))
    return found.select_related("server", "client").order_by("created", "pk").first()


def _step(run: WhatIfRun, now: datetime, size: int) -> int:
    """One batch of it; how many rows were looked at."""
    if run.state == State.OPEN:
        since = (run.started or now) - timedelta(days=run.days)
        begin_run(run_id=run.pk, since=since, expected=_expected(run, since, now))
        return 0
    batch = _of_log(run, now, size) if run.phase == Phase.LOG else _of_grants(run, now, size)
    retried(lambda: record_batch(run_id=run.pk, batch=batch, now=now))
    return batch.looked_at


def _expected(run: WhatIfRun, since: datetime, now: datetime) -> int:
    """How many rows there are, as far as it is worth counting."""
    log = LogEvent.objects.filter(**run.about, published__gte=since).order_by()
    grants = live_grants(now).filter(**run.about).order_by()
    return sum(rows.values("pk")[:COUNTED].count() for rows in (log, grants))


def _of_log(run: WhatIfRun, now: datetime, size: int) -> Batch:
    """The next events, from the newest to the oldest; what came after the start isn't asked."""
    rows = LogEvent.objects.filter(
        **run.about, published__gte=run.since, published__lte=run.started
    )
    if run.place:
        rows = rows.filter(pk__lt=int(run.place))
    keys = list(rows.order_by("-pk").values_list("pk", flat=True)[:size])
    found = Recorded()
    for row in decisions_among(keys):
        found.take(row)
    asked = [(request, times, "") for request, times in found.requests.items()]
    passed_over = len(keys) - sum(found.requests.values())
    is_last = len(keys) < size
    return _batch(run, now, asked, None if is_last else str(keys[-1]), len(keys), passed_over)


def _of_grants(run: WhatIfRun, now: datetime, size: int) -> Batch:
    """The next grants that live, by the order of their keys."""
    rows = live_grants(now).filter(**run.about, pk__gt=run.place).order_by("pk")
    grants = list(live_requests(rows[:size]))
    asked = [(one.request, 1, one.id) for one in grants]
    is_last = len(grants) < size
    place = None if is_last else grants[-1].id
    return _batch(run, now, asked, place, len(grants), 0, grants)


def _batch(
    run: WhatIfRun,
    now: datetime,
    asked: list[Asked],
    place: str | None,
    looked_at: int,
    passed_over: int,
    grants: Sequence[LiveGrant] = (),
) -> Batch:
    """Judged by the configuration of now and by the draft."""
    draft, requests = drafted(run), [request for request, _times, _ref in asked]
    before = draft.completed(world_of(requests, now))
    after = draft.after(before, requests)
    found, lost = replay(before, after, asked)
    counts = {line.kind: line.requests for line in outcomes(found)}
    ends = draft.ends(before)
    counts[ENDING] = sum(ends.ends(one) for one in grants)
    counts[NOT_REPLAYED] = passed_over + sum(lost.values())
    return Batch(run.place, place, looked_at, counts, _findings(run, found))


def _findings(run: WhatIfRun, found: Comparison) -> list[WhatIfFinding]:
    return [_finding(run, one) for one in found.differences if one.outcome != SAME]


def _finding(run: WhatIfRun, one: Difference) -> WhatIfFinding:
    request = one.case.request
    asked = Request(
        request.client_id,
        request.user_id or "",
        request.grant_type,
        request.requested_scopes,
        request.server_id,
    )
    return WhatIfFinding(
        run=run,
        phase=run.phase,
        digest=_digest(one.case.ref or asked),
        outcome=one.outcome,
        times=one.case.times,
        client_id=request.client_id,
        user_id=request.user_id or "",
        told={
            "grant_type": request.grant_type,
            "scopes": list(request.requested_scopes or ()),
            "grant": one.case.ref,
            "before": told(one.before),
            "after": told(one.after),
        },
    )


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()


def told(decision: Decision) -> dict[str, Any]:
    """What is kept and shown of a decision."""
    life = decision.lifetimes
    return {
        "is_allowed": decision.is_allowed,
        "reason": decision.reason,
        "rule_id": decision.rule_id,
        "rule": decision.rule_name,
        "scopes": list(decision.scopes),
        "access_seconds": life.access_seconds if life else 0,
        "refresh_seconds": life.refresh_seconds if life else 0,
    }
