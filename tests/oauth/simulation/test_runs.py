"""A run replays everything in batches, each request once, whoever is killed in between (R9)."""

from copy import deepcopy
from typing import Any

import pytest

from apps.oauth.simulation import runs
from apps.oauth.simulation.runs import work_off
from apps.oauth.tasks import WHAT_IF
from apps.policies.models import WhatIfFinding, WhatIfRun
from apps.policies.services import delete_rule, update_rule
from apps.policies.services.replacing import replace_policies
from apps.policies.services.what_if import KEPT, create_draft, start_run, write_draft
from apps.systemlog.jobs import Progress, run_job
from apps.systemlog.models import LogEvent, PeriodicJob
from apps.tokens import clock
from authzsite.domain.validation import InvalidError
from tests.factories import TESTER
from tests.management.okta.small_world import SmallWorld, Wish, small_world

pytestmark = pytest.mark.django_db
ASKED = (
    Wish("web", "openid write", "ada"),
    Wish("web", "openid write", "ada"),
    Wish("web", "openid read", "ada"),
    Wish("web", "openid read", "bob"),
    Wish("job", "read"),
)


def narrow(drafts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Staff may only read."""
    after = deepcopy(drafts)
    for one in after[0]["rules"][0]["conditions"]:
        if one["type"] == "scopes":
            one["include"] = ["read"]
    return after


def started(world: SmallWorld, change: Any = narrow) -> WhatIfRun:
    run = create_draft(actor=TESTER, server=world.server)
    write_draft(run_id=run.pk, proposal=change(run.base))
    return start_run(actor=TESTER, run_id=run.pk, days=7, now=clock.now())


def worked(batch_rows: int = 3) -> None:
    assert run_job(
        WHAT_IF,
        lambda progress: work_off(progress, clock.now(), batch_rows),
        force=True,
        clock=clock.now,
    )


def counts(run: WhatIfRun) -> dict[str, dict[str, int]]:
    return {
        phase: {kind: number for kind, number in found.items() if number}
        for phase, found in run.counts.items()
    }


def asked_world() -> SmallWorld:
    world = small_world()
    for wish in ASKED:
        world.really(wish)
    return world


@pytest.mark.parametrize("batch_rows", [1, 3, 500])
def test_everything_is_replayed_whatever_the_size_of_a_batch(batch_rows: int) -> None:
    run = started(asked_world())
    worked(batch_rows)
    run.refresh_from_db()
    assert (run.state, run.last_error) == ("DONE", "")
    found = counts(run)
    assert (found["LOG"]["same"], found["LOG"]["loses"]) == (3, 2)
    # Four of the web's grants live: the two for writing would not be had again, and all of the
    # changed rule end with it (R15).
    assert (found["GRANTS"]["loses"], found["GRANTS"]["ending"]) == (2, 3)
    [one] = WhatIfFinding.objects.filter(run=run, phase="LOG")
    assert (one.times, one.outcome, one.told["after"]["is_allowed"]) == (2, "loses", False)
    assert run.findings.filter(phase="GRANTS").count() == 2


def test_f17_a_worker_that_is_killed_between_batches_counts_nothing_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = started(asked_world())
    real, calls = runs.record_batch, 0

    def killed(**batch: Any) -> bool:
        nonlocal calls
        calls += 1
        if calls % 2:
            raise SystemExit
        return real(**batch)

    monkeypatch.setattr(runs, "record_batch", killed)
    for _attempt in range(40):
        try:
            worked(2)
        except SystemExit:
            PeriodicJob.objects.update(leased_until=clock.now())  # its lease runs out
            continue
        break
    run.refresh_from_db()
    assert run.state == "DONE" and counts(run)["LOG"]["loses"] == 2
    assert sum(one.times for one in run.findings.filter(phase="LOG")) == 2


def test_a_batch_that_somebody_else_has_stored_is_not_stored_again() -> None:
    run = started(asked_world())
    stale: list[Any] = []

    def twice(progress: Progress) -> bool:
        work_off(progress, clock.now(), 500)
        return False

    real = runs.record_batch
    with pytest.MonkeyPatch.context() as patch:

        def remembered(**batch: Any) -> bool:
            stale.append(batch)
            return real(**batch)

        patch.setattr(runs, "record_batch", remembered)
        run_job(WHAT_IF, twice, force=True, clock=clock.now)
    run.refresh_from_db()
    before = (run.counts, run.looked_at)
    assert [real(**batch) for batch in stale] == [False] * len(stale)
    run.refresh_from_db()
    assert (run.counts, run.looked_at) == before


def test_what_comes_after_the_start_is_not_asked() -> None:
    world = asked_world()
    run = started(world)
    events = LogEvent.objects.filter(server_id=world.server.pk, published__lte=run.started).count()
    for _ in range(3):
        world.really(Wish("job", "read"))
    worked()
    run.refresh_from_db()
    assert run.looked_at <= events + 5 and counts(run)["LOG"]["same"] == 3


def test_a_draft_that_fits_the_server_no_more_fails_with_a_reason() -> None:
    world = asked_world()
    run = create_draft(actor=TESTER, server=world.server)
    run = start_run(actor=TESTER, run_id=run.pk, days=7, now=clock.now())
    broken = deepcopy(run.base)
    broken[0]["name"] = ""
    WhatIfRun.objects.filter(pk=run.pk).update(proposal=broken)
    worked()
    run.refresh_from_db()
    assert run.state == "FAILED" and "policies[0].name" in run.last_error


def test_findings_are_bounded_and_counts_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.policies.services.what_if.MAX_FINDINGS", 1)
    run = started(asked_world(), lambda drafts: [])
    worked()
    run.refresh_from_db()
    assert run.findings.count() == 1 and counts(run)["LOG"]["loses"] == 5


def test_a_draft_begun_is_no_draft_any_more_and_old_ones_make_room() -> None:
    world = small_world()
    run = started(world)
    with pytest.raises(InvalidError):
        write_draft(run_id=run.pk, proposal=[])
    with pytest.raises(InvalidError):
        start_run(actor=TESTER, run_id=run.pk, days=7, now=clock.now())
    for _ in range(KEPT):
        create_draft(actor=TESTER, server=world.server)
    assert WhatIfRun.objects.count() == KEPT
    assert not WhatIfRun.objects.filter(pk=run.pk).exists()


def test_r24_the_start_is_an_event() -> None:
    world = small_world()
    started(world)
    event = LogEvent.objects.get(event_type="policy.simulation.run")
    assert event.server_id == world.server.pk and event.actor_id == TESTER.id


def test_saved_a_draft_is_what_was_replayed_and_ends_what_was_foretold() -> None:
    world = asked_world()
    run = started(world)
    replace_policies(actor=TESTER, server=world.server, base=run.base, proposal=narrow(run.base))
    assert [bool(world.really(wish).error) for wish in ASKED] == [True, True, False, False, False]
    again = create_draft(actor=TESTER, server=world.server)
    assert again.base == narrow(run.base)


def test_saved_a_draft_adds_removes_reorders_and_switches() -> None:
    world = small_world()
    run = create_draft(actor=TESTER, server=world.server)
    staff, jobs, last = deepcopy(run.base)
    new = {**deepcopy(staff["rules"][1]), "name": "Added"}
    del new["id"]
    staff["rules"] = [staff["rules"][1], new]
    jobs["status"] = "INACTIVE"
    fresh = {"name": "Fresh", "clients": ["ALL_CLIENTS"], "rules": [{**new, "name": "First"}]}
    proposal = [last, fresh, staff, jobs]
    replace_policies(actor=TESTER, server=world.server, base=run.base, proposal=proposal)
    after = create_draft(actor=TESTER, server=world.server).base
    told = [(one["name"], one["status"], [rule["name"] for rule in one["rules"]]) for one in after]
    assert told == [
        (last["name"], "ACTIVE", [rule["name"] for rule in last["rules"]]),
        ("Fresh", "ACTIVE", ["First"]),
        (staff["name"], "ACTIVE", [staff["rules"][0]["name"], "Added"]),
        (jobs["name"], "INACTIVE", [rule["name"] for rule in jobs["rules"]]),
    ]


def test_a_draft_never_undoes_what_others_did_meanwhile() -> None:
    world = small_world()
    run = create_draft(actor=TESTER, server=world.server)
    about: dict[str, Any] = {"actor": TESTER, "server_id": world.server.pk}
    update_rule(**about, rule_id=world.job_rule.pk, access_token_minutes=7)
    with pytest.raises(InvalidError, match="have changed"):
        replace_policies(
            actor=TESTER, server=world.server, base=run.base, proposal=narrow(run.base)
        )
    delete_rule(**about, rule_id=world.job_rule.pk)
    world.staff_rule.refresh_from_db()
    assert {"type": "scopes", "include": ["read", "write"]} in world.staff_rule.conditions
