"""What follows a revoking change, in the background: its dead rows are marked, and counted in one
event.

Nothing waits for it. One call of `advance` is one transaction over a bounded batch, with the
place reached stored in the job's row; killed anywhere, the next call goes on there.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from django.db import transaction

from apps.systemlog.context import RequestContext, use
from apps.systemlog.entries import SYSTEM, Entry, Target
from apps.systemlog.job_states import OPEN_STATES
from apps.systemlog.jobs import error_text
from apps.systemlog.models import RevocationJob
from apps.systemlog.record import record
from apps.systemlog.units import retried
from apps.tokens import cutoffs
from apps.tokens.ended import JUDGES, WITHOUT_ROWS
from apps.tokens.standing import load_vector
from apps.tokens.walk import Place, Row, Walk
from authzsite.domain.limits import SWEEP_BATCH_ROWS
from authzsite.domain.revocation import Vector

logger = logging.getLogger(__name__)
State = RevocationJob.State
EVENT: Final = "app.oauth2.token.revoke.implicit."
QUIET: Final = timedelta(seconds=30)  # a job that nobody has advanced for so long is stuck
WRITTEN: Final = (
    *("state", "cursor", "rows_seen", "rows_done", "progress"),
    *("attempts", "started", "finished"),
)

# By the kind of the job; what isn't here belongs to the server. Others may add theirs.
FAMILIES: Final[dict[str, str]] = {
    "client": "client",
    "token_policy": "client",
    "user": "user",
    "assignment": "user",
}
# What a kind of job does besides, in the transaction that finishes it.
ON_FINISH: Final[dict[str, Callable[[RevocationJob, datetime], None]]] = {
    cutoffs.KIND: cutoffs.finish
}


def open_jobs(quiet_since: datetime | None = None) -> list[str]:
    """The ids of the jobs that aren't done, oldest first; only those that nobody has touched since
    then."""
    # Named states: the index can't tell what a row is not.
    waiting = RevocationJob.objects.filter(state__in=OPEN_STATES)
    if quiet_since is not None:
        waiting = waiting.filter(updated__lte=quiet_since)
    return list(waiting.order_by("created").values_list("pk", flat=True)[:SWEEP_BATCH_ROWS])


def advance(
    job_id: str, now: datetime, *, batch: int = SWEEP_BATCH_ROWS, is_new: bool = False
) -> bool:
    """Mark one batch of the job; whether there is more to do. False, too, while another worker
    has the job. `is_new`: a worker takes the job up."""
    return retried(partial(_advance, job_id, now, batch, is_new))


def fail(job_id: str, error: Exception) -> None:
    """Keep what stopped the job, for the console, which calls it failed while it is OPEN with an
    error, and stuck when nothing has moved for long. The database may be what failed."""
    try:
        fields = {"last_error": error_text(error), "state": State.OPEN}
        RevocationJob.objects.filter(pk=job_id).exclude(state=State.DONE).update(**fields)
    except Exception:
        logger.exception("The failure of job %s could not be recorded", job_id)


@transaction.atomic
def _advance(job_id: str, now: datetime, batch: int, is_new: bool) -> bool:
    waiting = RevocationJob.objects.exclude(state=State.DONE).filter(pk=job_id)
    job = waiting.select_for_update(skip_locked=True).first()
    if job is None:
        return False
    job.state = State.RUNNING
    job.started = job.started or now
    job.attempts += is_new
    has_more = job.kind not in WITHOUT_ROWS and _mark(job, now, batch)
    if not has_more:
        _finish(job, now)
    # Not `save`, which knows the time better.
    fields = {name: getattr(job, name) for name in WRITTEN}
    RevocationJob.objects.filter(pk=job.pk).update(**fields, updated=now)
    return has_more


def _mark(job: RevocationJob, now: datetime, batch: int) -> bool:
    """Mark what has ended among the next rows; whether there may be more."""
    walk = Walk(job.scope)
    place, found = walk.read(Place.read(job.cursor), batch)
    if ended := _ended(job, walk, found.rows, now):
        table = type(found.rows[0])._default_manager
        living = table.filter(pk__in=ended, revoked_at=None).order_by("pk")
        # In the order of the key, so that two cascades can't wait for each other.
        locked = list(living.select_for_update(no_key=True).values_list("pk", flat=True))
        marks = {"revoked_at": now, "revoked_by": job.cause[:80]}
        job.rows_done += table.filter(pk__in=locked).update(**marks)
    job.rows_seen += found.seen
    job.cursor, job.progress = str(place), walk.progress(place)
    return not walk.is_over(place)


def _ended(job: RevocationJob, walk: Walk, rows: Sequence[Row], now: datetime) -> list[str]:
    pairs: list[tuple[Row, Vector]] = [
        (row, vector)
        for row in rows
        if walk.covers(row) and (vector := load_vector(row.vector)) is not None
    ]
    if not pairs:
        return []
    has_ended = JUDGES[job.kind](job.scope, pairs, now)
    return [row.pk for row, vector in pairs if has_ended(row, vector)]


def _finish(job: RevocationJob, now: datetime) -> None:
    """DONE, and the event, in the same transaction: one of each, however often the job was run."""
    job.state, job.cursor, job.progress, job.finished = State.DONE, "", 1000, now
    if job.kind in ON_FINISH:
        ON_FINISH[job.kind](job, now)
    if job.scope.get("final") and not job.rows_done:
        return  # the last look for what came late, and nothing had
    family = _family(job)
    entry = Entry(
        EVENT + family,
        SYSTEM,
        (_target(job, family),),
        reason=job.cause,
        server_id=str(job.scope.get("server", "")),
        client_id=str(job.scope.get("client", "")),
        user_id=str(job.scope.get("user", "")),
        debug={"job": job.pk, "kind": job.kind, "cause": job.cause},
    )
    with use(RequestContext(reference=job.reference, kind="JOB")):
        record(entry)


def _family(job: RevocationJob) -> str:
    """Which of the three events; an explicit revocation's by the narrowest thing it names."""
    if job.kind == cutoffs.KIND:
        return next((name for name in ("user", "client") if job.scope.get(name)), "as")
    return FAMILIES.get(job.kind, "as")


def _target(job: RevocationJob, family: str) -> Target:
    """What the tokens stood on: a server, client, user, or the group that led to a client."""
    kind, ident = {
        "as": ("AuthorizationServer", job.scope.get("server")),
        "client": ("PublicClientApp", job.scope.get("client")),
        "user": ("User", job.scope.get("user")),
    }[family]
    if family == "user" and not ident and job.scope.get("group"):
        kind, ident = "UserGroup", job.scope["group"]
    ident = str(ident or job.object_id)
    is_named = ident == job.object_id or kind == "UserGroup"
    name = job.object_name if is_named else ""
    detail: dict[str, Any] = {"changed": job.object_id}
    detail["TokenCount"] = None if job.kind in WITHOUT_ROWS else job.rows_done
    return Target(ident, kind, name, name, detail)
