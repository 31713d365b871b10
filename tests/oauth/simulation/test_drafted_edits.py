"""Drafts of scopes and assignments: a run says what a save does, to requests and to grants (R9)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.clients.models import GroupAssignment
from apps.clients.services import assign_user
from apps.directory.services import suspend_user
from apps.oauth.console.whatif_edits import told_edits
from apps.oauth.simulation.drafting import drafted
from apps.oauth.simulation.recorded import About, living, recorded_decisions
from apps.oauth.simulation.whatif import what_if
from apps.oauth.simulation.worlds import Request, World, world_of
from apps.policies.models import WhatIfRun
from apps.policies.services.draft_edits import MAX_EDITS
from apps.policies.services.replacing import replace_policies
from apps.policies.services.what_if import create_draft, start_run, write_edits
from apps.servers.models import Scope
from apps.tokens import clock
from apps.tokens.selectors import live_grants
from authzsite.domain.validation import InvalidError
from tests.factories import TESTER, make_group, make_server, make_user
from tests.management.okta.small_world import SmallWorld, Wish, small_world
from tests.oauth.simulation.test_runs import counts, worked
from tests.tokens.test_cascade import drain

pytestmark = pytest.mark.django_db
ASKED = (
    Wish("web", "openid write", "ada"),
    Wish("web", "openid", "ada"),
    Wish("web", "", "bob"),
    Wish("web", "openid read", "bob"),
    Wish("web", "openid fresh", "ada"),
    Wish("web", "openid", "eve"),
    Wish("job", "read write"),
    Wish("job", ""),
)


def asked_world() -> SmallWorld:
    world = small_world()
    for wish in ASKED:
        world.really(wish)
    return world


def scope(world: SmallWorld, name: str) -> str:
    return str(Scope.objects.get(server=world.server, name=name).pk)


def of_person(world: SmallWorld, verb: str, **who: str) -> dict[str, Any]:
    return {"verb": verb, "client": world.client("web").pk, "user": "", "group": "", **who}


def bobs_group() -> str:
    return str(GroupAssignment.objects.get().group_id)


EDITS: dict[str, Callable[[SmallWorld], list[dict[str, Any]]]] = {
    "a scope added": lambda w: [{"verb": "add_scope", "name": "fresh", "is_default": True}],
    "two scopes added": lambda w: [
        {"verb": "add_scope", "name": "fresh", "is_default": True},
        {"verb": "add_scope", "name": "other", "is_default": True},
    ],
    "a scope removed": lambda w: [{"verb": "remove_scope", "scope": scope(w, "write")}],
    "a scope renamed": lambda w: [
        {"verb": "rename_scope", "scope": scope(w, "write"), "name": "fresh"}
    ],
    "a scope renamed that becomes a default": lambda w: [
        {"verb": "rename_scope", "scope": scope(w, "write"), "name": "fresh"},
        {"verb": "default_scope", "scope": scope(w, "write")},
    ],
    "a default scope": lambda w: [{"verb": "default_scope", "scope": scope(w, "write")}],
    "no default scope": lambda w: [{"verb": "no_default_scope", "scope": scope(w, "read")}],
    "a user assigned": lambda w: [of_person(w, "assign", user=w.people["eve"].pk)],
    "a user unassigned": lambda w: [of_person(w, "unassign", user=w.people["ada"].pk)],
    "a group assigned": lambda w: [
        of_person(w, "assign", group=make_group(w.people["eve"], w.people["ada"]).pk)
    ],
    "a group unassigned": lambda w: [of_person(w, "unassign", group=bobs_group())],
    "everything at once": lambda w: [
        {"verb": "remove_scope", "scope": scope(w, "write")},
        {"verb": "add_scope", "name": "fresh", "is_default": False},
        of_person(w, "unassign", user=w.people["ada"].pk),
        of_person(w, "assign", user=w.people["eve"].pk),
    ],
}


def draft(world: SmallWorld, name: str) -> WhatIfRun:
    run = create_draft(actor=TESTER, server=world.server)
    return write_edits(run_id=run.pk, edits=EDITS[name](world))


def answers(world: World, requests: list[Request]) -> list[Any]:
    """What each request gets, without the epochs that only a save makes."""
    made = [world.decision(one, world.request(one)) for one in requests]
    return [(one.is_allowed, one.reason, one.rule_id, one.scopes, one.lifetimes) for one in made]


def alive() -> set[str]:
    return set(live_grants(clock.now()).values_list("pk", flat=True))


@pytest.mark.parametrize("name", EDITS)
def test_what_a_draft_says_is_what_its_save_does(name: str) -> None:
    world = asked_world()
    run, now = draft(world, name), clock.now()
    about = About(server_id=world.server.pk)
    requests = [
        *recorded_decisions(about, now.replace(year=2020)).requests,
        *(one.request for one in living(about, now).grants),
    ]
    assert len(requests) >= 8
    before = world_of(requests, now)
    found = what_if(drafted(run), 7, now)
    foreseen = answers(drafted(run).after(before, requests), requests)
    assert foreseen != answers(before, requests)
    was_alive = alive()
    replace_policies(
        actor=TESTER, server=world.server, base=run.base, proposal=run.proposal, edits=run.edits
    )
    assert foreseen == answers(world_of(requests, now), requests)
    drain()
    assert found.ended_ids == was_alive - alive()


@pytest.mark.parametrize("batch_rows", [1, 500])
def test_a_run_replays_them_in_batches(batch_rows: int) -> None:
    world = asked_world()
    run = draft(world, "everything at once")
    start_run(actor=TESTER, run_id=run.pk, days=7, now=clock.now())
    worked(batch_rows)
    run.refresh_from_db()
    assert (run.state, run.last_error) == ("DONE", "")
    found = counts(run)
    # Ada is assigned no more (twice), the job's write is gone; Eve gets what she was refused.
    assert (found["LOG"]["loses"], found["LOG"]["gains"]) == (3, 1)
    assert (found["GRANTS"]["loses"], found["GRANTS"]["ending"]) == (2, 2)


def test_what_has_changed_since_fails_the_run_and_the_save() -> None:
    world = asked_world()
    run = draft(world, "a scope removed")
    start_run(actor=TESTER, run_id=run.pk, days=7, now=clock.now())
    Scope.objects.filter(pk=run.edits[0]["scope"]).delete()
    worked()
    run.refresh_from_db()
    assert run.state == "FAILED" and "none of the server's" in run.last_error
    with pytest.raises(InvalidError, match="none of the server's"):
        replace_policies(
            actor=TESTER, server=world.server, base=run.base, proposal=run.base, edits=run.edits
        )


def test_many_assignments_are_looked_at_with_the_statements_of_four() -> None:
    world = asked_world()
    base = EDITS["everything at once"](world)[2:]  # one that ends, one that begins
    base += EDITS["a group unassigned"](world) + EDITS["a group assigned"](world)
    people = [make_user() for _ in range(20)]
    more = [of_person(world, "assign", user=one.pk) for one in people[:19]]
    more += [of_person(world, "assign", group=make_group(one).pk) for one in people]
    for one in people[19:]:
        assign_user(actor=TESTER, client=world.client("web"), user=one)
        more.append(of_person(world, "unassign", user=one.pk))
    numbers = []
    for edits in (base, base + more):
        run = write_edits(run_id=create_draft(actor=TESTER, server=world.server).pk, edits=edits)
        with CaptureQueriesContext(connection) as asked:
            what_if(drafted(run), 7, clock.now())
            assert len(told_edits(run)) == len(edits)
        numbers.append(len(asked))
    assert numbers[0] == numbers[1]


def refused(world: SmallWorld) -> dict[str, tuple[list[dict[str, Any]], str]]:
    """Edits that could not be saved, and what is said of them."""
    ada, eve, client = world.people["ada"].pk, world.people["eve"].pk, world.client("web").pk
    gone, stranger = (
        suspend_user(actor=TESTER, user=make_user()),
        {"user": "", "group": "", "client": "none"},
    )
    foreign = Scope.objects.filter(server=make_server()).first()
    new = {"verb": "add_scope", "name": "x", "is_default": False}
    assert foreign is not None
    assign = {"verb": "assign", "client": client, "user": eve, "group": ""}
    return {
        "twice": ([assign, assign], "two changes of the same thing"),
        "too many": ([{**new, "name": f"x{n}"} for n in range(MAX_EDITS + 1)], "too many"),
        "of what is gone": (
            [
                {"verb": "remove_scope", "scope": scope(world, "read")},
                {"verb": "no_default_scope", "scope": scope(world, "read")},
            ],
            "none of the server's",
        ),
        "taken": ([{**new, "name": "read"}], "already in use"),
        "taken by the draft": ([new, new], "already in use"),
        "malformed": ([{**new, "name": "a b"}], "name"),
        "foreign": ([{"verb": "remove_scope", "scope": foreign.pk}], "none of the server's"),
        "system": ([{"verb": "remove_scope", "scope": scope(world, "openid")}], "stays as it is"),
        "no default": ([{"verb": "default_scope", "scope": scope(world, "openid")}], "a default"),
        "is so": ([{"verb": "default_scope", "scope": scope(world, "read")}], "is so already"),
        "assigned": ([{**assign, "user": ada}], "is assigned already"),
        "not assigned": ([{**assign, "verb": "unassign"}], "isn't assigned"),
        "suspended": ([{**assign, "user": gone.pk}], "must not be suspended"),
        "no client": ([{**assign, **stranger}], "doesn't exist"),
        "nobody": ([{**assign, "user": "nobody"}], "doesn't exist"),
    }


def test_what_could_not_be_saved_comes_into_no_draft() -> None:
    world = small_world()
    run = create_draft(actor=TESTER, server=world.server)
    for name, (edits, words) in refused(world).items():
        with pytest.raises(InvalidError, match=words):
            write_edits(run_id=run.pk, edits=edits)
        run.refresh_from_db()
        assert not run.is_changed, name
