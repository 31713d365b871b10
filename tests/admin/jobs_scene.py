"""Jobs as an administrator may find them: some at work, one stuck, one failed, several done."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from apps.directory.models import User
from apps.systemlog.context import RequestContext, use
from apps.systemlog.entries import Actor, Entry
from apps.systemlog.ids import new_reference
from apps.systemlog.models import PeriodicJob, RevocationJob
from apps.systemlog.record import record

State = RevocationJob.State
DANA = Actor("00uDanaKimDanaKim012", "User", "dana.kim@example.com", "Dana Kim")


def periodic(name: str, *, ago: float, took: float = 1.4, **fields: Any) -> PeriodicJob:
    """A row of the schedule whose last run began `ago` seconds ago and took `took`."""
    began = timezone.now() - timedelta(seconds=ago)
    interval = fields.pop("interval", 300)
    columns = {
        "interval": interval,
        "started": began,
        "finished": began + timedelta(seconds=took),
        "next_run": began + timedelta(seconds=interval),
        "progress": 1000,
        "rows_left": 0,
        "runs": 1204,
    }
    row, _ = PeriodicJob.objects.update_or_create(name=name, defaults={**columns, **fields})
    return row


def revocation(cause: str, name: str, *, ago: float, actor: Actor = DANA, **fields: Any) -> str:
    """A row of the outbox, and the event of the change it follows; its id."""
    quiet = timedelta(seconds=fields.pop("quiet", 1))
    reference, made = new_reference(), timezone.now() - timedelta(seconds=ago)
    with use(RequestContext(reference=reference)):
        record(Entry("user.lifecycle.suspend", actor))
    columns = {"kind": "user", "object_id": "00uNobodyNobodyNobody"[:20], "started": made}
    job = RevocationJob(cause=cause, object_name=name, reference=reference, **columns | fields)
    job.save()
    updated = fields.get("finished") or timezone.now() - quiet
    RevocationJob.objects.filter(pk=job.pk).update(created=made, updated=updated)
    return str(job.pk)


def done(cause: str, name: str, *, ago: float, took: float, rows: int, **fields: Any) -> str:
    """A finished one."""
    finished = timezone.now() - timedelta(seconds=ago - took)
    columns = {"rows_seen": rows + rows // 9, "rows_done": rows, "progress": 1000, "attempts": 1}
    return revocation(cause, name, ago=ago, state=State.DONE, finished=finished, **columns | fields)


def seed() -> dict[str, str]:
    """The whole scene; the ids of the revocations under way."""
    finished()
    schedule()
    return under_way()


def under_way() -> dict[str, str]:
    """One revocation in each open state."""
    user = User.objects.order_by("pk").first()
    return {
        "running": revocation(
            "application.lifecycle.deactivate",
            "Shop iOS",
            ago=74,
            **given("client", "0oaShopShopShopShop0", State.RUNNING, 641, 320_512, 318_904),
        ),
        "stuck": revocation(
            "group.application_assignment.remove",
            "Contractors",
            ago=1560,
            quiet=1490,
            **given("assignment", "00gContractorsContra", State.RUNNING, 212, 10_600, 9_871),
        ),
        "failed": revocation(
            "policy.rule.update",
            "Engineers may write",
            ago=95,
            quiet=21,
            last_error="OperationalError: canceling statement due to lock timeout",
            **given("rule", "0prEngineersMayWrite", State.OPEN, 88, 5_000, 4_212, attempts=2),
        ),
        "waiting": revocation(
            "user.lifecycle.suspend",
            "mel.ortiz@example.com",
            ago=2,
            state=State.OPEN,
            started=None,
            object_id=user.pk if user else "00u",
        ),
    }


def given(
    kind: str, ident: str, state: str, progress: int, seen: int, marked: int, attempts: int = 1
) -> dict[str, Any]:
    """The columns of a revocation that has got somewhere."""
    rows = {"rows_seen": seen, "rows_done": marked, "progress": progress}
    return {"kind": kind, "object_id": ident, "state": state, "attempts": attempts, **rows}


def finished() -> None:
    """Revocations that are done, small and large."""
    done("user.lifecycle.deactivate", "sam.reed@example.com", ago=200, took=0.2, rows=12)
    done("oauth2.scope.deleted", "orders:delete", ago=4_000, took=9.1, rows=48_211, kind="scope")
    done("key revoked", "Orders API", ago=9_200, took=0.1, rows=0, kind="key")
    server = {"kind": "as", "object_id": "orders", "attempts": 3}
    done("revoked", "Orders API", ago=90_000, took=143, rows=1_204_332, **server)


def schedule() -> None:
    """A sweep at work, and two jobs that had little to do."""
    now = timezone.now()
    periodic(
        "sweep-expired",
        ago=22,
        holder="worker-2:1042:9f",
        leased_until=now + timedelta(seconds=50),
        finished=now - timedelta(seconds=318),
        progress=692,
        rows_done=41_200,
        rows_left=18_300,
        counts={"grants": 31_000, "accessTokens": 10_200},
    )
    offered = {"rows_done": 2, "counts": {"offered": 2}}
    periodic("offer-revocation-jobs", ago=31, took=0.05, interval=60, **offered)
    periodic("maintain-keys", ago=1_300, took=0.03, interval=3600)
