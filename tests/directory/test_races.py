"""Two changes of users and groups at once (R23)."""

from collections.abc import Callable
from functools import partial

import pytest

from apps.directory.models import GroupMembership, User
from apps.directory.selectors import active_superusers
from apps.directory.services import (
    add_member,
    deactivate_user,
    delete_user,
    revoke_administrator,
    set_password,
    suspend_user,
)
from authzsite.domain.validation import InvalidError
from tests.factories import TESTER, make_group, make_superuser, make_user
from tests.races import at_once, failures

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 5


@pytest.mark.parametrize(
    "leave", [deactivate_user, suspend_user, delete_user, revoke_administrator]
)
def test_row_291_r23_of_two_superusers_that_leave_at_once_one_stays(
    leave: Callable[..., object],
) -> None:
    for _ in range(ROUNDS):
        User.objects.all().delete()
        users = [make_superuser(), make_superuser()]

        results = at_once(*(partial(leave, actor=TESTER, user=user) for user in users))

        assert [type(error) for error in failures(results)] == [InvalidError]
        assert active_superusers().count() == 1


def test_one_login_can_not_be_taken_twice_at_once() -> None:
    for number in range(ROUNDS):
        create = partial(make_user, login=f"same{number}@example.com")

        results = at_once(create, create)

        assert [type(error) for error in failures(results)] == [InvalidError]


def test_a_user_who_is_added_twice_at_once_is_a_member_once() -> None:
    user, group = make_user(), make_group()
    add = partial(add_member, actor=TESTER, group=group, user=user)

    assert failures(at_once(add, add, add)) == []
    assert GroupMembership.objects.count() == 1


def test_no_new_password_is_lost_from_the_epoch() -> None:
    user = make_user()
    change = partial(set_password, actor=TESTER, user=user, password="quite another phrase")

    assert failures(at_once(*[change] * 4)) == []
    assert User.objects.get(pk=user.pk).password_epoch == user.password_epoch + 4
