"""What a change does is told from two worlds: as it was, and as it is inside the change, which is
then taken back (R9)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from apps.clients.services import deactivate_client, unassign_user
from apps.directory.services import deactivate_user
from apps.oauth.simulation.recorded import About
from apps.oauth.simulation.worlds import Replay, recent_traffic, replay_recent, world_of
from apps.policies.services import update_rule
from apps.servers.services import deactivate_server, delete_scope
from apps.tokens import clock
from apps.tokens.models import Grant
from tests.factories import TESTER
from tests.management.okta.small_world import SmallWorld, Wish, small_world, wishes
from tests.oauth.world import stored

Change = Callable[[SmallWorld], Any]
pytestmark = pytest.mark.django_db


def tried(world: SmallWorld, change: Change) -> Replay:
    """The change made, looked at and taken back."""
    now = clock.now()
    traffic = recent_traffic(About(server_id=world.server.pk), now)
    before = world_of(traffic.requests, now)
    with transaction.atomic():
        change(world)
        after = world_of(traffic.requests, now)
        transaction.set_rollback(True)
    return replay_recent(traffic, before, after)


def lines(found: Replay) -> dict[str, tuple[int, int]]:
    return {line.kind: (line.requests, line.people) for line in found.recorded}


def is_granted(world: SmallWorld, wish: Wish) -> bool:
    """What really happens. Without a server or a session a page answers, and no code comes back."""
    try:
        return not world.really(wish).error
    except AssertionError:
        return False


def staff_may_only_read(world: SmallWorld) -> None:
    rule = world.staff_rule
    conditions = [
        {"type": "scopes", "include": ["read"]} if one["type"] == "scopes" else one
        for one in rule.conditions
    ]
    update_rule(
        actor=TESTER,
        server_id=world.server.pk,
        rule_id=rule.pk,
        conditions=conditions,
    )


def tokens_are_shorter(world: SmallWorld) -> None:
    rule = world.job_rule
    update_rule(
        actor=TESTER,
        server_id=world.server.pk,
        rule_id=rule.pk,
        access_token_minutes=5,
    )


def scope_goes(world: SmallWorld) -> None:
    scope = world.server.scopes.get(name="write")
    delete_scope(actor=TESTER, server_id=world.server.pk, scope_id=scope.pk)


def ada_loses_the_app(world: SmallWorld) -> None:
    unassign_user(actor=TESTER, client=world.client("web"), user=world.people["ada"])


CHANGES: dict[str, Change] = {
    "policy": staff_may_only_read,
    "lifetime": tokens_are_shorter,
    "scope": scope_goes,
    "assignment": ada_loses_the_app,
    "user": lambda world: deactivate_user(actor=TESTER, user=world.people["ada"]),
    "client": lambda world: deactivate_client(actor=TESTER, client=world.client("job")),
    "server": lambda world: deactivate_server(actor=TESTER, server_id=world.server.pk),
}
ASKED = (
    Wish("web", "openid write", "ada"),
    Wish("web", "openid read", "ada"),
    Wish("web", "openid read", "bob"),
    Wish("web", "openid read", "eve"),
    Wish("job", "read"),
    Wish("job", "read"),
)
FORETOLD: dict[str, dict[str, tuple[int, int]]] = {
    "policy": {"same": (5, 3), "loses": (1, 1)},
    "lifetime": {"same": (4, 3), "other_lifetimes": (2, 0)},
    "scope": {"same": (5, 3), "loses": (1, 1)},
    "assignment": {"same": (4, 2), "loses": (2, 1)},
    "user": {"same": (4, 2), "loses": (2, 1)},
    "client": {"same": (4, 3), "loses": (2, 0)},
    "server": {"same": (1, 1), "loses": (5, 2)},
}


@pytest.mark.parametrize("name", CHANGES)
def test_r9_a_change_of_any_kind_is_told_before_it_is_made(name: str) -> None:
    world = small_world()
    before = [is_granted(world, wish) for wish in ASKED]
    rows = stored()
    found = tried(world, CHANGES[name])
    assert lines(found) == FORETOLD[name]
    assert found.replayed == len(ASKED) and not found.is_partial and stored() == rows
    CHANGES[name](world)
    after = [is_granted(world, wish) for wish in ASKED]
    lost = sum(was and not now for was, now in zip(before, after, strict=True))
    assert lost == FORETOLD[name].get("loses", (0, 0))[0]


def test_grants_that_live_are_asked_for_again_with_their_ids() -> None:
    world = small_world()
    for person in ("ada", "bob"):
        world.really(Wish("web", "openid read offline_access", person))
    same, lost = tried(world, ada_loses_the_app).grants
    assert (same.kind, same.requests, lost.kind, lost.requests) == ("same", 1, "loses", 1)
    [one] = lost.differences
    assert one.case.ref == Grant.objects.get(user_id=world.people["ada"].pk).pk
    assert one.case.request.user_name == world.people["ada"].login


def test_only_what_is_asked_about_is_read_and_never_more_than_the_bound() -> None:
    world = small_world()
    for wish in ASKED:
        world.really(wish)
    now, job = clock.now(), world.client("job").pk
    people = (world.people["ada"].pk, world.people["bob"].pk)
    assert sum(recent_traffic(About(client_id=job), now).log.requests.values()) == 2
    found = recent_traffic(About(user_ids=people), now)
    assert {one.user for one in found.requests} == set(people)
    assert len(found.live.grants) == len(found.log.requests) == 3
    bounded = recent_traffic(About(), now, limit=2)
    assert bounded.log.is_partial and bounded.live.is_partial
    assert bounded.log.looked_at <= 2 and len(bounded.live.grants) == 2


def test_the_statements_are_few_however_many_ask(django_assert_max_num_queries: Any) -> None:
    world = small_world()
    for wish in wishes():
        world.really(wish)
    now = clock.now()
    with django_assert_max_num_queries(20):
        traffic = recent_traffic(About(server_id=world.server.pk), now)
        before = world_of(traffic.requests, now)
    with django_assert_max_num_queries(0):
        found = replay_recent(traffic, before, before)
    assert [line.kind for line in found.recorded] == ["same"]
