"""Assignments: who may use a client, when, and what ends when a path breaks (R6, R15, R16)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.clients.models import Client, UserAssignment
from apps.clients.selectors import assignment_paths, clients_of_user, current_paths
from apps.clients.services import (
    assign_group,
    assign_user,
    unassign_group,
    unassign_user,
    update_group_assignment,
    update_user_assignment,
)
from apps.directory.selectors import everyone
from apps.directory.services import add_member, deactivate_user, remove_member, suspend_user
from apps.systemlog.models import RevocationJob
from authzsite.domain.validation import InvalidError
from tests.factories import TESTER, make_client, make_group, make_user
from tests.guards.net import unguarded
from tests.logbook import changes, events, jobs, mark

pytestmark = pytest.mark.django_db
NOW = timezone.now()
HOUR = timedelta(hours=1)
PAST, FUTURE = NOW - HOUR, NOW + 24 * HOUR


def test_r6_every_path_is_found_with_its_kind_and_name() -> None:
    user, client = make_user(), make_client()
    group = make_group(user, name="Pilots")
    direct = assign_user(actor=TESTER, client=client, user=user)
    by_group = assign_group(actor=TESTER, client=client, group=group)
    by_everyone = assign_group(actor=TESTER, client=client, group=everyone())
    membership = user.memberships.get()

    paths = assignment_paths(user, client, NOW)

    assert [(path.text, path.kind, path.name) for path in paths] == [
        (f"u{direct.pk}", "direct", user.login),
        (f"g{by_group.pk}.{membership.pk}", "group", "Pilots"),
        (f"e{by_everyone.pk}", "everyone", "Everyone"),
    ]
    assert current_paths(user, client, NOW) == {path.text for path in paths}
    assert paths[1].fact.group_id == group.pk


def test_r6_a_stranger_has_no_path() -> None:
    member, stranger, client = make_user(), make_user(), make_client()
    assign_group(actor=TESTER, client=client, group=make_group(member))

    assert current_paths(stranger, client, NOW) == frozenset()
    assert not clients_of_user(stranger)
    assert list(clients_of_user(member)) == [client]


@pytest.mark.parametrize(
    ("at", "is_in_force"),
    [
        (PAST - timedelta(microseconds=1), False),
        (PAST, True),
        (FUTURE - timedelta(microseconds=1), True),
        (FUTURE, False),
    ],
)
def test_r6_validity_is_half_open(at: datetime, is_in_force: bool) -> None:
    user, client = make_user(), make_client()
    assign_user(actor=TESTER, client=client, user=user, valid_from=PAST, valid_until=FUTURE)

    assert bool(current_paths(user, client, at)) is is_in_force
    assert assignment_paths(user, client, at)[0].is_in_force is is_in_force


def test_assigning_twice_is_assigning_once() -> None:
    user, client, group = make_user(), make_client(), make_group()
    first = assign_user(actor=TESTER, client=client, user=user, valid_until=FUTURE)
    grouped = assign_group(actor=TESTER, client=client, group=group)
    start = mark()

    again = assign_user(actor=TESTER, client=client, user=user)

    assert (again.pk, again.valid_until) == (first.pk, FUTURE)
    assert assign_group(actor=TESTER, client=client, group=group).pk == grouped.pk
    assert events(since=start) == []


def test_suspended_and_deactivated_users_can_not_be_assigned() -> None:
    client = make_client()

    for leave in (suspend_user, deactivate_user):
        with pytest.raises(InvalidError) as error:
            assign_user(actor=TESTER, client=client, user=leave(actor=TESTER, user=make_user()))
        assert error.value.problems[0].field == "user"


def test_r15_unassigning_revokes_and_is_idempotent() -> None:
    user, client = make_user(), make_client()
    assignment = assign_user(actor=TESTER, client=client, user=user)

    assert unassign_user(actor=TESTER, client=client, user=user)
    assert not unassign_user(actor=TESTER, client=client, user=user)

    job = RevocationJob.objects.get()
    assert (job.kind, job.cause) == ("assignment", "application.user_membership.remove")
    assert job.scope == {"clients": [client.pk], "user": user.pk, "paths": [f"u{assignment.pk}"]}


def test_r15_unassigning_a_group_breaks_every_path_through_it() -> None:
    client, group = make_client(), make_group()
    assignment = assign_group(actor=TESTER, client=client, group=group)
    to_all = assign_group(actor=TESTER, client=client, group=everyone())

    assert unassign_group(actor=TESTER, client=client, group=group)
    assert unassign_group(actor=TESTER, client=client, group=everyone())
    assert not unassign_group(actor=TESTER, client=client, group=group)

    scopes = [job.scope for job in RevocationJob.objects.order_by("created")]
    assert [scope["paths"] for scope in scopes] == [[f"g{assignment.pk}."], [f"e{to_all.pk}"]]
    assert events()[-1] == "group.application_assignment.remove"


def test_r16_an_assignment_that_comes_back_is_another_path() -> None:
    user, client = make_user(), make_client()
    first = assign_user(actor=TESTER, client=client, user=user).pk
    unassign_user(actor=TESTER, client=client, user=user)

    assert assign_user(actor=TESTER, client=client, user=user).pk > first


def test_r16_a_membership_that_comes_back_is_another_path() -> None:
    user, client = make_user(), make_client()
    group = make_group(user)
    assign_group(actor=TESTER, client=client, group=group)
    before = current_paths(user, client, NOW)

    remove_member(actor=TESTER, group=group, user=user)
    add_member(actor=TESTER, group=group, user=user)

    assert not before & current_paths(user, client, NOW)


@pytest.mark.parametrize(
    ("before", "after", "stays", "revokes"),
    [
        ((None, None), (None, FUTURE), True, False),  # shorter, still in force
        ((None, FUTURE), (None, None), True, False),  # longer
        ((FUTURE, None), (None, None), True, False),  # nothing can stand on it yet
        ((None, None), (None, PAST), False, True),
        ((None, None), (FUTURE, None), False, True),  # or it would revive when it begins
        # Was over: what stood on it stays dead, and no job has followed that end yet.
        ((None, PAST), (None, FUTURE), False, True),
        ((None, PAST), (None, PAST - HOUR), False, True),
    ],
)
def test_r16_a_path_that_was_broken_never_holds_again(
    before: tuple[datetime | None, datetime | None],
    after: tuple[datetime | None, datetime | None],
    stays: bool,
    revokes: bool,
) -> None:
    user, client = make_user(), make_client()
    old = assign_user(actor=TESTER, client=client, user=user)
    with unguarded():
        UserAssignment.objects.filter(pk=old.pk).update(valid_from=before[0], valid_until=before[1])
    old_pk = old.pk

    new = update_user_assignment(
        actor=TESTER, assignment=old, valid_from=after[0], valid_until=after[1]
    )

    assert (new.pk == old_pk) is stays
    assert UserAssignment.objects.get().pk == new.pk
    assert bool(jobs()) is revokes


def test_r24_a_change_of_validity_is_logged_before_and_after() -> None:
    client, start = make_client(), mark()
    assignment = assign_group(actor=TESTER, client=client, group=make_group())

    for _ in range(2):
        assignment = update_group_assignment(
            actor=TESTER, assignment=assignment, valid_from=None, valid_until=FUTURE
        )

    assert events(since=start)[-1] == "group.application_assignment.update"
    assert events(since=start).count("group.application_assignment.update") == 1
    assert changes("group.application_assignment.update") == {
        "valid_until": (None, FUTURE.isoformat())
    }


def test_validity_must_not_end_before_it_begins() -> None:
    with pytest.raises(InvalidError) as error:
        assign_user(
            actor=TESTER,
            client=make_client(),
            user=make_user(),
            valid_from=FUTURE,
            valid_until=FUTURE,
        )

    assert error.value.problems[0].field == "valid_until"


def test_every_change_of_assignments_raises_the_clients_version() -> None:
    user, client = make_user(), make_client()
    seen = [Client.objects.get(pk=client.pk).version]

    assignment = assign_user(actor=TESTER, client=client, user=user)
    seen.append(Client.objects.get(pk=client.pk).version)
    update_user_assignment(actor=TESTER, assignment=assignment, valid_from=None, valid_until=FUTURE)
    seen.append(Client.objects.get(pk=client.pk).version)
    unassign_user(actor=TESTER, client=client, user=user)
    seen.append(Client.objects.get(pk=client.pk).version)

    assert seen == sorted(set(seen))


@pytest.mark.parametrize("kind", ["user", "group"])
def test_r15_what_ends_an_assignment_takes_few_statements(
    kind: str, django_assert_max_num_queries: Any
) -> None:
    user, client = make_user(), make_client()
    group = make_group(user)
    assign_user(actor=TESTER, client=client, user=user)
    assign_group(actor=TESTER, client=client, group=group)

    with django_assert_max_num_queries(9):  # savepoints; lock, path, version, two of the log, job
        if kind == "user":
            assert unassign_user(actor=TESTER, client=client, user=user)
        else:
            assert unassign_group(actor=TESTER, client=client, group=group)
