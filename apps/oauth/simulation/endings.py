"""Which change ended a token, as far as the outbox still knows it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Q, QuerySet

from apps.systemlog.models import RevocationJob
from apps.tokens.introspect import Presentation, Verdict
from apps.tokens.standing import load_vector
from apps.tokens.store import Reading
from authzsite.domain.revocation import Cause, Vector

MOST_JOBS: Final = 500  # changes since the token was issued that are looked through
SKEW: Final = timedelta(seconds=1)  # a JWT tells its age in whole seconds


@dataclass(frozen=True, slots=True)
class Change:
    """What happened, to what, and when; `reference` opens its events."""

    cause: str
    kind: str
    object_id: str
    object_name: str
    when: datetime
    reference: str = ""

    @property
    def words(self) -> str:
        """`rule changed: Staff`."""
        return f"{self.cause}: {self.object_name}" if self.object_name else self.cause


def change_of(
    shown: Presentation, verdict: Verdict, reading: Reading, server_id: str, issued: datetime
) -> Change | None:
    """The change that ended the token, None where it is not known."""
    fault = verdict.fault
    if fault is None:
        return None
    jobs = RevocationJob.objects.filter(created__gte=issued - SKEW).order_by("created")
    owner = reading.owner.id if reading.owner else verdict.client_id
    if fault.cause is Cause.REVOKED:
        return _of_row(jobs, fault.detail, reading, (server_id, owner, verdict.user_id))
    found: QuerySet[RevocationJob] = jobs.none()
    match fault.cause:
        case Cause.INSTALLATION:
            found = jobs.filter(kind="installation")
        case Cause.SERVER:
            found = jobs.filter(kind="as", object_id=server_id)
        case Cause.CLIENT:
            found = jobs.filter(kind="client", object_id=owner)
        case Cause.USER | Cause.PASSWORD:
            found = jobs.filter(kind="user", object_id=verdict.user_id)
        case Cause.CUTOFF:
            found = jobs.filter(kind="cutoff", scope__cutoff=int(fault.detail))
        case Cause.CONFIG:
            return _of_epoch(jobs, fault.detail, server_id, owner)
        case Cause.ASSIGNMENT:
            return _of_path(jobs, vector_of(shown, reading))
    return _change(found.first())


def _of_row(
    jobs: QuerySet[RevocationJob], by: str, reading: Reading, owners: tuple[str, str, str]
) -> Change | None:
    """The row says who or what, in the words of the job that marked it, and when."""
    rows = [row for row in (reading.token, reading.grant) if row and row.revoked_by == by]
    when = next((row.revoked_at for row in rows if row.revoked_at), None)
    if when is None:
        return None
    marked = jobs.filter(cause=by, created__lte=when).order_by("-created")
    job = next((one for one in marked[:MOST_JOBS] if _covers(one.scope, owners)), None)
    return _change(job) or Change(by, "token", "", "", when)


def _covers(scope: Mapping[str, Any], owners: tuple[str, str, str]) -> bool:
    """Whether what the job is about holds of the token's server, client and user."""
    server, client, user = owners
    clients = scope.get("clients")
    return (
        scope.get("server") in (None, "", server)
        and scope.get("client") in (None, "", client)
        and scope.get("user") in (None, "", user)
        and (not clients or client in clients)
    )


def _of_epoch(
    jobs: QuerySet[RevocationJob], epochs: str, server_id: str, client: str
) -> Change | None:
    """Of a scope, policy or rule of the server, or of the client's token policy."""
    gone = {int(part) for part in epochs.split(",") if part.isdecimal()}
    parts = jobs.filter(Q(kind__in=("scope", "policy", "rule", "token_policy")))
    for job in parts[:MOST_JOBS]:
        is_mine = job.scope.get("server") == server_id and job.scope.get("epoch") in gone
        if is_mine or client in job.scope.get("clients", ()):
            return _change(job)
    return None


def _of_path(jobs: QuerySet[RevocationJob], vector: Vector | None) -> Change | None:
    """The last way by which the user was assigned."""
    paths = set(vector.paths) if vector else set()
    broken = [job for job in jobs.filter(kind="assignment")[:MOST_JOBS] if any(_breaks(job, paths))]
    return _change(broken[-1]) if broken else None


def _breaks(job: RevocationJob, paths: set[str]) -> Iterator[bool]:
    for one in job.scope.get("paths", ()):
        yield one in paths or (one.endswith(".") and any(p.startswith(one) for p in paths))


def vector_of(shown: Presentation, reading: Reading) -> Vector | None:
    """What the token recorded of what it stands on; None without a record."""
    if shown.jti is not None and shown.jti.vector is not None:
        return shown.jti.vector
    row = reading.token or reading.grant
    return load_vector(row.vector) if row else None


def _change(job: RevocationJob | None) -> Change | None:
    if job is None:
        return None
    return Change(job.cause, job.kind, job.object_id, job.object_name, job.created, job.reference)
