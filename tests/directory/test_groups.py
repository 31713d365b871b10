"""Groups, memberships and the built-in group Everyone (R6, R15, R16)."""

import pytest

from apps.clients.services import assign_group
from apps.directory.models import Group, GroupMembership
from apps.directory.selectors import everyone, is_member, members_of
from apps.directory.services import (
    add_member,
    create_group,
    delete_group,
    remove_member,
    update_group,
)
from apps.systemlog.models import RevocationJob
from authzsite.domain.validation import InvalidError
from tests.factories import TESTER, make_client, make_group, make_user
from tests.logbook import changes, events, jobs, mark

pytestmark = pytest.mark.django_db


def test_every_installation_has_everyone() -> None:
    assert Group.objects.get(type=Group.Type.BUILT_IN).name == "Everyone"


def test_everyone_holds_all_users_without_rows() -> None:
    user = make_user()

    assert is_member(user, everyone())
    assert list(members_of(everyone())) == [user]
    assert not GroupMembership.objects.exists()


def test_everyone_can_not_be_changed_or_left() -> None:
    user, group = make_user(), everyone()

    for change in (
        lambda: update_group(actor=TESTER, group=group, name="All"),
        lambda: delete_group(actor=TESTER, group=group),
        lambda: add_member(actor=TESTER, group=group, user=user),
        lambda: remove_member(actor=TESTER, group=group, user=user),
    ):
        with pytest.raises(InvalidError):
            change()


def test_names_are_unique_and_not_empty() -> None:
    make_group(name="Staff")

    for name in ("Staff", "", " "):
        with pytest.raises(InvalidError) as error:
            create_group(actor=TESTER, name=name)
        assert error.value.problems[0].field == "name"


def test_r24_an_update_logs_before_and_after_once() -> None:
    group = make_group(name="Staff")
    start = mark()

    update_group(actor=TESTER, group=group, name="Crew")
    update_group(actor=TESTER, group=group, name="Crew")

    assert events(since=start) == ["group.profile.update"]
    assert changes("group.profile.update") == {"name": ("Staff", "Crew")}


def test_adding_and_removing_a_member_is_idempotent() -> None:
    user, group = make_user(), make_group()
    start = mark()

    assert add_member(actor=TESTER, group=group, user=user) == add_member(
        actor=TESTER, group=group, user=user
    )
    assert remove_member(actor=TESTER, group=group, user=user)
    assert not remove_member(actor=TESTER, group=group, user=user)

    assert events(since=start) == ["group.user_membership.add", "group.user_membership.remove"]


def test_r16_a_membership_that_comes_back_is_another_path() -> None:
    user, group = make_user(), make_group()
    first = add_member(actor=TESTER, group=group, user=user).pk

    remove_member(actor=TESTER, group=group, user=user)

    assert add_member(actor=TESTER, group=group, user=user).pk > first


def test_r15_leaving_a_group_revokes_only_what_the_group_led_to() -> None:
    user, client = make_user(), make_client()
    idle, used = make_group(user), make_group(user)
    assignment = assign_group(actor=TESTER, client=client, group=used)
    membership = user.memberships.get(group=used)

    remove_member(actor=TESTER, group=idle, user=user)
    assert jobs() == []
    remove_member(actor=TESTER, group=used, user=user)

    job = RevocationJob.objects.get()
    assert (job.kind, job.cause) == ("assignment", "group.user_membership.remove")
    assert job.scope == {
        "group": used.pk,
        "clients": [client.pk],
        "user": user.pk,
        "paths": [f"g{assignment.pk}.{membership.pk}"],
    }


def test_r15_deleting_a_group_breaks_all_paths_through_it() -> None:
    group, client = make_group(make_user()), make_client()
    assignment = assign_group(actor=TESTER, client=client, group=group)

    delete_group(actor=TESTER, group=group)

    assert not client.group_assignments.exists()
    assert RevocationJob.objects.get().scope["paths"] == [f"g{assignment.pk}."]
    assert events()[-1] == "group.lifecycle.delete"
