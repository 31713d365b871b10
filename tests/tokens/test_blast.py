"""The blast radius of a change: what would die and nothing else, by whom, in one bounded SELECT."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from apps.clients.services import assign_group, deactivate_client, unassign_user
from apps.directory.services import suspend_user
from apps.tokens import clock
from apps.tokens.blast import Count, Reach, measure
from apps.tokens.criteria import Criteria
from apps.tokens.cutoffs import count_matching, revoke_matching
from apps.tokens.models import AccessToken, Grant
from authzsite.domain.validation import InvalidError
from tests.factories import TESTER, make_group
from tests.guards.net import unguarded
from tests.oauth.grants_fixture import (
    World,
    authorize,
    beside,
    client_credentials,
    make_world,
    sign_in,
)
from tests.oauth.liveness.explicit import EXPLICIT
from tests.oauth.liveness.scene import COLUMNS, Scene, make_scene
from tests.tokens.test_cascade import dead_rows

pytestmark = pytest.mark.django_db


def count(*reaches: Reach, **options: Any) -> Count:
    return measure(reaches, clock.now() + timedelta(seconds=6), **options)


def only(**ids: str) -> Reach:
    """`only(user=…)`"""
    return Reach(**{f"{name}s": frozenset({ident}) for name, ident in ids.items()})  # type: ignore[arg-type]


def totals(found: Count) -> tuple[int, int, int, int]:
    return found.grants, found.tokens, found.users, found.clients


@pytest.mark.parametrize("cause", EXPLICIT, ids=lambda cause: cause.title)
def test_r18_what_is_counted_before_is_what_dies(cause: Any) -> None:
    scene = make_scene("opaque")
    scene.issue()
    before = count(Reach())

    cause.change(scene)

    assert before.grants + before.tokens == dead_rows(scene, replace(cause, dead=COLUMNS))
    assert all_left(scene) == before.grants + before.tokens - dead_rows(scene, cause)


def all_left(scene: Scene) -> int:
    """What lives, also while nothing has been marked."""
    found = count(Reach())
    assert not Grant.objects.exclude(revoked_at=None).exists()
    return found.grants + found.tokens


def test_it_names_who_loses_most_and_shows_the_newest() -> None:
    world = make_world(token_format="opaque")
    other = beside(world)
    for _ in range(3):
        sign_in(world)
    sign_in(other)
    client_credentials(world)

    found = count(only(server=world.server.pk))

    assert totals(found) == (4, 5, 2, 2)
    assert [(one.id, one.name, one.grants, one.tokens) for one in found.by_user] == [
        (world.user.pk, world.user.login, 3, 3),
        (other.user.pk, other.user.login, 1, 1),
    ]
    assert [(one.name, one.grants, one.tokens) for one in found.by_client] == [
        (world.client.name, 3, 4),
        (other.client.name, 1, 1),
    ]
    newest = found.sample[0]
    assert (newest.user, newest.client, newest.scopes) == ("", world.client.name, ("orders:read",))
    digest = AccessToken.objects.get(user_id="").pk
    assert newest.id == f"…{digest[-4:]}" and not newest.is_grant
    assert {one.user for one in found.sample} == {"", world.user.login, other.user.login}
    assert [one.issued for one in found.sample] == sorted(
        (one.issued for one in found.sample), reverse=True
    )


def test_what_has_ended_is_not_counted() -> None:
    world = make_world()
    other, third = beside(world), beside(world)
    for one in (world, other, third):
        sign_in(one)
    assert count(only(server=world.server.pk)).grants == 3
    deactivate_client(actor=TESTER, client=world.client)
    suspend_user(actor=TESTER, user=other.user)
    assert count(only(server=world.server.pk)).grants == 1
    Grant.objects.filter(user_id=third.user.pk).update(revoked_at=clock.now())
    assert totals(count(only(server=world.server.pk))) == (0, 0, 0, 0)


def test_it_looks_at_no_more_than_it_says_and_says_so() -> None:
    world = make_world()
    for _ in range(3):
        authorize(world)
    reach = only(user=world.user.pk)
    assert count(reach, limit=3) == replace(count(reach), looked_at=3)
    found = count(reach, limit=2)
    assert found.is_partial and 0 < found.grants <= 3
    assert not count(only(user="nobody"), limit=2).is_partial


def test_a_token_that_two_parts_of_a_change_mean_counts_once(
    django_assert_num_queries: Any,
) -> None:
    world = make_world()
    sign_in(world)
    epochs = Reach(epochs=frozenset({world.rule.epoch}), servers=frozenset({world.server.pk}))
    with django_assert_num_queries(1):
        assert count(only(user=world.user.pk), only(client=world.client.pk), epochs).grants == 1


def test_r17_a_code_that_waits_stands_on_no_rule() -> None:
    world = make_world()
    authorize(world)
    sign_in(world)
    rule = Reach(epochs=frozenset({world.rule.epoch}))
    assert (count(rule).grants, count(only(client=world.client.pk)).grants) == (1, 2)


def with_group(world: World) -> str:
    """Assign the user by a group, too; the path without its member."""
    row = assign_group(actor=TESTER, client=world.client, group=make_group(world.user))
    return f"g{row.pk}."


def test_d15_only_the_last_path_counts() -> None:
    world = make_world()
    assert world.assignment
    direct, group = f"u{world.assignment.pk}", with_group(world)
    sign_in(world)

    assert count(Reach(paths=(direct,))).grants == 0
    assert count(Reach(paths=(group,))).grants == 0
    assert count(Reach(paths=(direct, group))).grants == 1
    assert count(Reach(paths=("u0", "g0.", "e0"))).grants == 0

    unassign_user(actor=TESTER, client=world.client, user=world.user)
    assert count(Reach(paths=(group,))).grants == 1  # the other has been broken before


@pytest.mark.parametrize("password_counts", [True, False])
def test_r15_a_password_counts_where_the_server_says_so(password_counts: bool) -> None:
    world = make_world(server={"revoke_on_password_change": password_counts})
    sign_in(world)
    reach = replace(only(user=world.user.pk), needs_password=True)
    assert count(reach).grants == password_counts


def test_a_spoiled_row_is_dead_and_harms_nobody() -> None:
    world = make_world()
    sign_in(world)
    sign_in(world)
    first = Grant.objects.order_by("pk")[0]
    for text in ("", "x", "{}", '{"i":1', '{"i":"x"}'):
        with unguarded():
            Grant.objects.filter(pk=first.pk).update(vector=text)
        assert count(only(client=world.client.pk)).grants == 1, text


def test_criteria_are_counted_as_they_would_revoke() -> None:
    world = make_world(token_format="opaque")
    sign_in(world), sign_in(beside(world)), client_credentials(world)
    wanted = Criteria(client=world.client.pk, scope=world.scope.pk)

    found = count_matching(wanted)

    assert totals(found) == (1, 2, 1, 1)
    revoke_matching(actor=TESTER, criteria=wanted)
    assert not count_matching(wanted)
    with pytest.raises(InvalidError):
        count_matching(Criteria(user="nobody"))
