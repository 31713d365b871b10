"""Explicit revocation of whatever matches (R18): one row, whatever the number of tokens.

The row is a cutoff: it takes effect with its COMMIT like an epoch, see `domain.cutoffs`. The
marking of rows follows it. Once no token without a row can be left, a last marking finds the rows
that came late, and takes the cutoff away in the transaction that finishes it (I7).
"""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Model

from apps.servers.services import note_cutoffs
from apps.servers.services.rows import lock_installation
from apps.systemlog.entries import Actor, Entry
from apps.systemlog.models import RevocationJob
from apps.systemlog.outbox import enqueue
from apps.systemlog.record import record
from apps.tokens import clock
from apps.tokens.administration import BY_ADMINISTRATOR, BY_LENGTH, EVENT
from apps.tokens.blast import Count, measure
from apps.tokens.criteria import Criteria, Meant, resolve
from apps.tokens.models import TokenCutoff
from apps.tokens.reach import Reach
from authzsite.domain.cutoffs import Cutoff
from authzsite.domain.limits import ACCESS_TOKEN_MINUTES, SWEEP_BATCH_ROWS

KIND: Final = "cutoff"
# The longest access token, and a day for clocks that jump (F24).
LASTS: Final = timedelta(minutes=ACCESS_TOKEN_MINUTES[1], days=1)


def count_matching(criteria: Criteria, now: datetime | None = None) -> Count:
    """What `revoke_matching` would end now: counts by user and by client, and a sample. Raises
    InvalidError as that does."""
    now = now or clock.now()
    meant = resolve(criteria, now)
    reach = Reach(
        servers=_only(meant.server),
        clients=_only(meant.client),
        users=_only(meant.user),
        epochs=meant.epochs,
        issued_before=meant.issued_before,
    )
    return measure([reach], now)


def _only(row: Model | None) -> frozenset[str]:
    return frozenset({str(row.pk)}) if row else frozenset()


@transaction.atomic
def revoke_matching(
    *, actor: Actor, criteria: Criteria, now: datetime | None = None, reason: str = ""
) -> TokenCutoff:
    """End every token that matches all of the criteria, at once and for good. `reason`: what a
    refused token's log entry will say, the administrator by default.

    Raises InvalidError for criteria that name nothing, or what doesn't exist or fit together.
    """
    now = now or clock.now()
    meant = resolve(criteria, now)
    lock_installation()  # one after the other, and before who closes one
    row = _write(meant, (reason or f"{BY_ADMINISTRATOR} {actor.id}")[:BY_LENGTH], now)
    note_cutoffs(are_open=True)
    main = meant.user or meant.client or meant.rule or meant.policy or meant.scope or meant.server
    enqueue(
        kind=KIND,
        object_id=str(main.pk) if main else "1",
        object_name=meant.words[:255],
        cause=row.reason,
        scope={**meant.scopes_of_job, "cutoff": row.pk},
    )
    record(_entry(actor, row, meant))
    return row


def _write(meant: Meant, reason: str, now: datetime) -> TokenCutoff:
    """The cutoff. It takes the place of those that it covers: who has read none of them hasn't read
    it, either. So however often one revokes the same, a token has few of them to remember."""
    what = {
        **meant.owners,
        "epoch": meant.epoch,
        "scope_epoch": meant.scope.epoch if meant.scope else None,
    }
    covered = TokenCutoff.objects.filter(**{k: v for k, v in what.items() if v is not None})
    for name in ("epoch", "scope_epoch"):
        covered = covered.filter(**{f"{name}__isnull": what[name] is None})
    if meant.issued_before is not None:
        covered = covered.filter(issued_before__lte=meant.issued_before)
    covered.delete()
    return TokenCutoff.objects.create(
        **what,
        issued_before=meant.issued_before,
        reason=reason,
        created=now,
        expires_at=now + LASTS,
    )


def _entry(actor: Actor, row: TokenCutoff, meant: Meant) -> Entry:
    moment = meant.issued_before.isoformat() if meant.issued_before else None
    names = ("user", "client", "server", "scope", "policy", "rule")
    given = {name: str(one.pk) for name in names if (one := getattr(meant, name))}
    debug: dict[str, Any] = {"cutoff": row.pk, "criteria": {**given, "issuedBefore": moment}}
    return Entry(
        EVENT,
        actor,
        meant.targets,
        **meant.owners,
        debug={**debug, "meant": f"all tokens {meant.words}"},
    )


def cutoff_of(row: TokenCutoff) -> Cutoff:
    """The row as the gate compares it."""
    epochs = frozenset(epoch for epoch in (row.epoch, row.scope_epoch) if epoch is not None)
    return Cutoff(row.pk, epochs, row.issued_before)


def job_of(row: TokenCutoff) -> RevocationJob | None:
    """The job that marks what the cutoff has ended; None once it has been swept away."""
    return RevocationJob.objects.filter(kind=KIND, scope__cutoff=row.pk).order_by("created").first()


def close_due(now: datetime) -> int:
    """Start the last marking of the cutoffs that no token without a row can be left of; how
    many."""
    due = TokenCutoff.objects.filter(expires_at__lte=now, is_closing=False)
    rows = due.order_by("expires_at")[:SWEEP_BATCH_ROWS]
    return sum(_start_closing(row) for row in rows)


@transaction.atomic
def _start_closing(row: TokenCutoff) -> bool:
    """False when another worker was first."""
    if not TokenCutoff.objects.filter(pk=row.pk, is_closing=False).update(is_closing=True):
        return False
    owners = {name: getattr(row, f"{name}_id") for name in ("server", "client", "user")}
    enqueue(
        kind=KIND,
        object_id=row.user_id or row.client_id or row.server_id or "1",
        object_name="closing",
        cause=row.reason,
        scope={k: v for k, v in owners.items() if v} | {"cutoff": row.pk, "final": True},
    )
    return True


def finish(job: RevocationJob, now: datetime) -> None:
    """In the transaction that finishes a job of ours: the last marking takes the cutoff away."""
    if not job.scope.get("final"):
        return
    lock_installation()
    TokenCutoff.objects.filter(pk=job.scope["cutoff"]).delete()
    note_cutoffs(are_open=TokenCutoff.objects.exists())
