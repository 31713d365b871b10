"""A user's statuses, the tokens that end with them, and the last superuser (R7, R15, R16, R23)."""

from collections.abc import Callable

import pytest

from apps.clients.models import UserAssignment
from apps.clients.services import assign_user
from apps.directory.models import Status, User
from apps.directory.services import (
    activate_user,
    deactivate_user,
    delete_user,
    expire_password,
    lock_user,
    reactivate_user,
    reset_password,
    revoke_administrator,
    set_administrator,
    set_password,
    suspend_user,
    unlock_user,
    unsuspend_user,
)
from authzsite.domain.validation import InvalidError
from tests.factories import TESTER, make_client, make_group, make_superuser, make_user
from tests.logbook import changes, events, jobs, mark

pytestmark = pytest.mark.django_db
Service = Callable[..., User]

MOVES: list[tuple[Service, set[str], str, str]] = [
    (activate_user, {"STAGED", "DEPROVISIONED"}, "ACTIVE", "user.lifecycle.activate"),
    (reactivate_user, {"PROVISIONED", "RECOVERY"}, "PROVISIONED", "user.lifecycle.reactivate"),
    (suspend_user, {"ACTIVE"}, "SUSPENDED", "user.lifecycle.suspend"),
    (unsuspend_user, {"SUSPENDED"}, "ACTIVE", "user.lifecycle.unsuspend"),
    (lock_user, {"ACTIVE"}, "LOCKED_OUT", "user.account.lock"),
    (unlock_user, {"LOCKED_OUT"}, "ACTIVE", "user.account.unlock_by_admin"),
    (expire_password, {"ACTIVE"}, "PASSWORD_EXPIRED", "user.account.expire_password"),
    (
        reset_password,
        {"ACTIVE", "PASSWORD_EXPIRED", "RECOVERY", "LOCKED_OUT", "PROVISIONED"},
        "RECOVERY",
        "user.account.reset_password",
    ),
    (
        deactivate_user,
        set(Status.values) - {"DEPROVISIONED"},
        "DEPROVISIONED",
        "user.lifecycle.deactivate",
    ),
]


def in_status(status: str) -> User:
    user = make_user()
    User.objects.filter(pk=user.pk).update(status=status)
    user.refresh_from_db()
    return user


@pytest.mark.parametrize("status", Status.values)
@pytest.mark.parametrize(("move", "allowed", "to", "event"), MOVES)
def test_r7_each_move_is_possible_from_its_statuses_only(
    status: str, move: Service, allowed: set[str], to: str, event: str
) -> None:
    user, start = in_status(status), mark()
    if status not in allowed and move is not deactivate_user:
        with pytest.raises(InvalidError) as error:
            move(actor=TESTER, user=user)
        assert error.value.problems[0].field == "status"
        assert events(since=start) == []
    elif status in allowed:
        assert move(actor=TESTER, user=user).status == to
        assert events(since=start) == [event]
        assert changes(event)["status"] == (status, to)


@pytest.mark.parametrize(("move", "allowed", "to", "event"), MOVES)
def test_r15_leaving_active_ends_the_users_tokens(
    move: Service, allowed: set[str], to: str, event: str
) -> None:
    if "ACTIVE" not in allowed:
        return
    user = make_user()

    assert move(actor=TESTER, user=user).epoch == user.epoch + 1
    assert jobs() == [("user", event)]


@pytest.mark.parametrize(
    ("leave", "come_back"),
    [(suspend_user, unsuspend_user), (lock_user, unlock_user), (deactivate_user, activate_user)],
)
def test_r16_coming_back_never_lowers_the_epoch(leave: Service, come_back: Service) -> None:
    user = make_user()

    back = come_back(actor=TESTER, user=leave(actor=TESTER, user=user))

    assert back.status == Status.ACTIVE
    assert back.epoch > user.epoch


def test_deactivating_twice_is_deactivating_once() -> None:
    user = deactivate_user(actor=TESTER, user=make_user())
    start = mark()

    assert deactivate_user(actor=TESTER, user=user).epoch == user.epoch
    assert events(since=start) == []
    assert len(jobs()) == 1


def test_a_deactivated_user_loses_assignments_and_keeps_groups() -> None:
    user, client = make_user(), make_client()
    make_group(user)
    assign_user(actor=TESTER, client=client, user=user)
    start = mark()

    deactivate_user(actor=TESTER, user=user)

    assert not UserAssignment.objects.exists()
    assert user.memberships.count() == 1
    assert events(since=start) == [
        "application.user_membership.remove",
        "user.lifecycle.deactivate",
    ]


def test_a_suspended_user_keeps_assignments() -> None:
    user, client = make_user(), make_client()
    assign_user(actor=TESTER, client=client, user=user)

    suspend_user(actor=TESTER, user=user)

    assert UserAssignment.objects.count() == 1


def test_a_reset_password_no_longer_works_and_a_new_one_ends_recovery() -> None:
    user = reset_password(actor=TESTER, user=make_user())
    assert not user.has_usable_password()

    user = set_password(actor=TESTER, user=user, password="quite another secret phrase")

    assert user.status == Status.ACTIVE


def test_deleting_removes_everything_and_revokes() -> None:
    user = make_user()
    make_group(user)

    delete_user(actor=TESTER, user=user)

    assert not User.objects.filter(pk=user.pk).exists()
    assert jobs() == [("user", "user.lifecycle.delete.completed")]
    assert events()[-2:] == ["user.lifecycle.delete.initiated", "user.lifecycle.delete.completed"]


@pytest.mark.parametrize(
    "move",
    [deactivate_user, delete_user, suspend_user, lock_user, expire_password, reset_password]
    + [revoke_administrator],
)
def test_r23_the_last_active_superuser_stays(move: Callable[..., object]) -> None:
    last = make_superuser()
    suspend_user(actor=TESTER, user=make_superuser())
    start = mark()

    with pytest.raises(InvalidError):
        move(actor=TESTER, user=last)

    last.refresh_from_db()
    assert (last.status, last.is_superuser) == (Status.ACTIVE, True)
    assert events(since=start) == []


@pytest.mark.parametrize("move", [deactivate_user, delete_user, revoke_administrator])
def test_r23_one_of_two_superusers_may_go(move: Callable[..., object]) -> None:
    one, other = make_superuser(), make_superuser()

    move(actor=TESTER, user=one)

    with pytest.raises(InvalidError):
        move(actor=TESTER, user=other)


def test_administration_is_granted_and_taken_with_an_event_each() -> None:
    make_superuser()
    user = make_user()
    start = mark()

    user = set_administrator(actor=TESTER, user=user, is_staff=True)
    user = set_administrator(actor=TESTER, user=user, is_staff=True)
    assert (user.is_staff, user.is_superuser) == (True, False)
    revoke_administrator(actor=TESTER, user=user)

    assert events(since=start) == ["user.account.privilege.grant", "user.account.privilege.revoke"]


def test_who_may_change_everything_may_also_read_it() -> None:
    user = set_administrator(actor=TESTER, user=make_user(), is_staff=False, is_superuser=True)

    assert user.is_staff
