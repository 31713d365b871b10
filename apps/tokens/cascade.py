"""What follows a revoking change, in the background: its dead rows are marked, and counted in one
event.

Nothing waits for it. One call of `advance` is one transaction over a bounded batch, with the
place reached stored in the job's row; killed anywhere, the next call goes on there.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import transaction

from apps.systemlog.context import RequestContext, use
from apps.systemlog.entries import SYSTEM, Entry, Target
from apps.systemlog.models import RevocationJob
from apps.systemlog.record import record
from apps.tokens.ended import JUDGES, WITHOUT_ROWS, Row, candidates
from apps.tokens.models import AccessToken, Grant
from apps.tokens.standing import load_vector
from authzsite.domain.limits import SWEEP_BATCH_ROWS
from authzsite.domain.revocation import Vector

State = RevocationJob.State
EVENT: Final = "app.oauth2.token.revoke.implicit."
FAMILIES: Final = {"client": "client", "token_policy": "client", "user": "user"} | {
    "assignment": "user"
}
TARGET_TYPES: Final = {"as": "AuthorizationServer", "client": "PublicClientApp", "user": "User"}
TABLES: Final[dict[str, type[Row]]] = {"grant": Grant, "access": AccessToken}
NEXT: Final = {"grant": "access", "access": ""}
COLUMNS: Final = ("server_id", "client_id", "user_id", "vector", "revoked_at")


def open_jobs() -> list[str]:
    """The ids of the jobs that aren't done, oldest first."""
    waiting = RevocationJob.objects.exclude(state=State.DONE).order_by("created")
    return list(waiting.values_list("pk", flat=True)[:SWEEP_BATCH_ROWS])


def advance(job_id: str, now: datetime, *, batch: int = SWEEP_BATCH_ROWS) -> bool:
    """Mark one batch of the job; whether there is more to do. False, too, while another worker
    has the job."""
    with transaction.atomic():
        waiting = RevocationJob.objects.exclude(state=State.DONE).filter(pk=job_id)
        job = waiting.select_for_update(skip_locked=True).first()
        if job is None:
            return False
        job.state = State.RUNNING
        if job.kind in WITHOUT_ROWS or not _mark(job, now, batch):
            _finish(job)
        job.save(update_fields=["state", "cursor", "rows_done", "updated"])
        return job.state != State.DONE


def _mark(job: RevocationJob, now: datetime, batch: int) -> bool:
    """Mark what has ended among the next rows; whether any may be left. The cursor is the table
    and the last key that was looked at."""
    name, _, last = (job.cursor or "grant").partition(" ")
    table = TABLES[name]
    rows: Sequence[Row] = _rows(table, job, last, batch)
    ended = _ended(job, rows, now)
    marks = {"revoked_at": now, "revoked_by": job.cause[:80]}
    job.rows_done += table._default_manager.filter(pk__in=ended, revoked_at=None).update(**marks)
    if len(rows) == batch:
        job.cursor = f"{name} {rows[-1].pk}"
        return True
    job.cursor = NEXT[name]
    return bool(job.cursor)


def _rows(table: type[Row], job: RevocationJob, last: str, batch: int) -> Sequence[Row]:
    columns = (*COLUMNS, "code_consumed_at") if table is Grant else COLUMNS
    rows = table._default_manager.filter(candidates(job.scope), pk__gt=last)
    return list(rows.only(*columns).order_by("pk")[:batch])


def _ended(job: RevocationJob, rows: Sequence[Row], now: datetime) -> list[str]:
    pairs: list[tuple[Row, Vector]] = [
        (row, vector) for row in rows if (vector := load_vector(row.vector)) is not None
    ]
    has_ended = JUDGES[job.kind](job.scope, pairs, now)
    return [row.pk for row, vector in pairs if has_ended(row, vector)]


def _finish(job: RevocationJob) -> None:
    """DONE, and the event, in the same transaction: one of each, however often the job was run."""
    job.state, job.cursor = State.DONE, ""
    family = FAMILIES.get(job.kind, "as")
    count = None if job.kind in WITHOUT_ROWS else job.rows_done
    ids = {name: str(job.scope.get(name, "")) for name in ("server", "client", "user")}
    entry = Entry(
        EVENT + family,
        SYSTEM,
        (_target(job, family, count),),
        reason=job.cause,
        server_id=ids["server"],
        client_id=ids["client"],
        user_id=ids["user"],
        debug={"job": job.pk, "kind": job.kind, "cause": job.cause},
    )
    with use(RequestContext(reference=job.reference, kind="JOB")):
        record(entry)


def _target(job: RevocationJob, family: str, count: int | None) -> Target:
    """What the tokens stood on; the object itself where that is a server, client or user."""
    kind = TARGET_TYPES[family]
    ident = str(job.scope.get({"as": "server"}.get(family, family)) or job.object_id)
    name = job.object_name if ident == job.object_id else ""
    return Target(ident, kind, name, name, {"TokenCount": count, "changed": job.object_id})
