"""Drafts of a server's policies, scopes and assignments, or of a client's assignments alone, and
the runs that tell what they would do.

Nothing that decides reads any of it, so nothing is revoked and no version is raised.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from apps.clients.models import Client
from apps.clients.targets import client_target
from apps.policies.drafts import compile_drafts, present_policies
from apps.policies.models import Policy, Rule, WhatIfFinding, WhatIfRun
from apps.policies.services.draft_edits import Edit, check_edits
from apps.policies.services.rules import LIFETIMES
from apps.servers.models import AuthorizationServer
from apps.servers.services.rows import refuse, server_target
from apps.systemlog.entries import Actor, Entry, Target
from apps.systemlog.jobs import want
from apps.systemlog.record import record

Draft = dict[str, Any]
JOB: Final = "what-if"
KEPT: Final = 20  # runs of a server; the oldest make room
MAX_FINDINGS: Final = 20_000  # of a run: beyond, they are counted only
MAX_DAYS: Final = 90
State = WhatIfRun.State


@dataclass(frozen=True, slots=True)
class Batch:
    """What one step of a run has found: from `place` on to `next_place`; None: the phase is over.
    `counts` are added to those of the phase."""

    place: str
    next_place: str | None
    looked_at: int
    counts: Mapping[str, int] = field(default_factory=dict)
    findings: Sequence[WhatIfFinding] = ()


def drafts_of(policies: Iterable[Policy]) -> list[Draft]:
    """The policies with their rules, as a draft holds them."""
    return [
        {
            "id": policy.pk,
            "name": policy.name,
            "clients": list(policy.clients),
            "status": policy.status,
            "rules": [draft_of_rule(rule) for rule in policy.rules.all()],
        }
        for policy in policies
    ]


def draft_of_rule(rule: Rule) -> Draft:
    """A rule as a draft holds it."""
    names = ("name", "status", "conditions", *LIFETIMES)
    return {"id": rule.pk, **{name: getattr(rule, name) for name in names}}


@transaction.atomic
def create_draft(
    *,
    actor: Actor,
    server: AuthorizationServer | None = None,
    client: Client | None = None,
    proposal: list[Draft] | None = None,
    edits: Sequence[Edit] = (),
) -> WhatIfRun:
    """A draft of a server's policies of today, or with these changes to them, to scopes and to
    assignments; or one of a client's assignments. The oldest runs make room."""
    author = actor.alternate_id or actor.display_name
    run = WhatIfRun(server=server, client=client, author=author)
    if server is not None:
        run.base = drafts_of(present_policies(server))
        run.proposal = proposal or run.base
    run.edits = [dict(one) for one in edits]
    run.save(force_insert=True)
    mine = WhatIfRun.objects.filter(**run.about).order_by("-created", "-pk")
    WhatIfRun.objects.filter(pk__in=list(mine.values_list("pk", flat=True)[KEPT:])).delete()
    return run


@transaction.atomic
def write_draft(*, run_id: str, proposal: list[Draft]) -> WhatIfRun:
    """Other policies in the draft. Raises InvalidError for what could not be saved, and for a run
    that has begun."""
    run = _locked(run_id, State.DRAFT)
    if run.server is None:
        raise refuse("policies", "are none of the client's")
    compile_drafts(run.server, proposal, present_policies(run.server))
    run.proposal = proposal
    run.save(update_fields=["proposal", "updated"])
    return run


@transaction.atomic
def write_edits(*, run_id: str, edits: Sequence[Edit]) -> WhatIfRun:
    """Other changes of scopes and assignments in the draft. Raises InvalidError for what could not
    be saved, and for a run that has begun."""
    run = _locked(run_id, State.DRAFT)
    check_edits(run.server, edits, run.client_id)
    run.edits = [dict(one) for one in edits]
    run.save(update_fields=["edits", "updated"])
    return run


@transaction.atomic
def start_run(*, actor: Actor, run_id: str, days: int, now: datetime) -> WhatIfRun:
    """Replay all of so many days, and all live grants; a worker takes it up at once."""
    run = _locked(run_id, State.DRAFT)
    if not 1 <= days <= MAX_DAYS:
        raise refuse("days", f"must be 1 to {MAX_DAYS}")
    run.days, run.state, run.version = days, State.OPEN, run.subject.version
    run.started = now
    run.save()
    whose = _target(run.subject)
    targets = (Target(run.pk, "WhatIfRun", "", run.pk), whose)
    record(Entry("policy.simulation.run", actor, targets, **run.about))
    want(JOB)
    return run


@transaction.atomic
def delete_run(*, run_id: str) -> None:
    """A draft or a run with what it has found; a worker that has it finds it gone."""
    WhatIfRun.objects.filter(pk=run_id).delete()


@transaction.atomic
def begin_run(*, run_id: str, since: datetime, expected: int) -> None:
    """A worker begins with it."""
    WhatIfRun.objects.filter(pk=run_id, state=State.OPEN).update(
        state=State.RUNNING, since=since, expected=expected
    )


@transaction.atomic
def record_batch(*, run_id: str, batch: Batch, now: datetime) -> bool:
    """One step of a run, whole or not at all. False when somebody else has taken it, or the run is
    gone: then nothing is written, so no request counts twice."""
    run = WhatIfRun.objects.select_for_update(no_key=True).filter(pk=run_id).first()
    if run is None or run.state != State.RUNNING or run.place != batch.place:
        return False
    _add_findings(run, batch.findings)
    old = run.counts.get(run.phase, {})
    names = {*old, *batch.counts}
    added = {name: old.get(name, 0) + batch.counts.get(name, 0) for name in names}
    run.counts = {**run.counts, run.phase: added}
    run.looked_at += batch.looked_at
    if batch.next_place is not None:
        run.place = batch.next_place
    elif run.phase == WhatIfRun.Phase.LOG:
        run.phase, run.place = WhatIfRun.Phase.GRANTS, ""
    else:
        run.state, run.finished = State.DONE, now
    run.save()
    return True


@transaction.atomic
def fail_run(*, run_id: str, error: str, now: datetime) -> None:
    """It can't go on: the draft fits the server no more."""
    rows = WhatIfRun.objects.filter(pk=run_id, state__in=(State.OPEN, State.RUNNING))
    rows.update(state=State.FAILED, last_error=error[:255], finished=now)


def _target(subject: AuthorizationServer | Client) -> Target:
    return client_target(subject) if isinstance(subject, Client) else server_target(subject)


def _add_findings(run: WhatIfRun, findings: Sequence[WhatIfFinding]) -> None:
    """What is known already counts up."""
    mine = WhatIfFinding.objects.filter(run=run, phase=run.phase)
    wanted = {one.digest: one for one in findings}
    known = list(mine.filter(digest__in=list(wanted)))
    for row in known:
        row.times += wanted.pop(row.digest).times
    WhatIfFinding.objects.bulk_update(known, ["times"], batch_size=500)
    room = MAX_FINDINGS - WhatIfFinding.objects.filter(run=run).count()
    WhatIfFinding.objects.bulk_create(list(wanted.values())[: max(room, 0)], batch_size=500)


def _locked(run_id: str, state: str) -> WhatIfRun:
    found = WhatIfRun.objects.select_related("server", "client")
    run = found.select_for_update(of=("self",), no_key=True).get(pk=run_id)
    if run.state != state:
        raise refuse("state", f"is {run.get_state_display()}")
    return run
