"""Users: what is stored, what is refused, what is logged (R7, R15, R24)."""

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import check_password

from apps.directory.models import Group, Status, User
from apps.directory.selectors import find_user, users_groups
from apps.directory.services import create_user, set_password, update_user
from authzsite.domain.validation import InvalidError
from tests.factories import PASSWORD, TESTER, make_group, make_user
from tests.logbook import changes, events, everything, jobs, mark

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "quite another secret phrase"


def refused_fields(error: pytest.ExceptionInfo[InvalidError]) -> set[str]:
    return {problem.field for problem in error.value.problems}


@pytest.mark.parametrize(
    ("password", "activate", "status"),
    [
        (PASSWORD, True, Status.ACTIVE),
        (None, True, Status.PROVISIONED),
        (PASSWORD, False, Status.STAGED),
        (None, False, Status.STAGED),
    ],
)
def test_r7_a_new_user_has_the_status_that_okta_gives_it(
    password: str | None, activate: bool, status: str
) -> None:
    assert make_user(password=password, activate=activate).status == status


def test_r24_creation_is_one_event_with_every_field_and_no_password() -> None:
    user = make_user(first_name="Grace")

    assert events() == ["user.lifecycle.create"]
    assert changes("user.lifecycle.create")["first_name"] == (None, "Grace")
    assert PASSWORD not in everything()
    assert user.password not in everything()


def test_it_refuses_every_bad_field_at_once() -> None:
    with pytest.raises(InvalidError) as error:
        create_user(actor=TESTER, login="a b", email="nobody", first_name="", last_name="\x00")

    assert refused_fields(error) == {"login", "email", "first_name", "last_name"}
    assert not User.objects.exists()


def test_it_refuses_a_login_that_is_taken() -> None:
    user = make_user()

    with pytest.raises(InvalidError) as error:
        make_user(login=user.login)

    assert refused_fields(error) == {"login"}


def test_logins_are_compared_octet_for_octet() -> None:
    upper, lower = make_user(login="Ada@example.com"), make_user(login="ada@example.com")

    assert find_user("Ada@example.com") == upper
    assert find_user("ada@example.com") == lower
    assert find_user(upper.pk) == upper
    assert find_user("nobody") is None


def test_a_profile_may_not_hold_what_has_a_column() -> None:
    with pytest.raises(InvalidError) as error:
        make_user(profile={"login": "other"})

    assert refused_fields(error) == {"profile"}


def test_r24_an_update_logs_each_field_and_each_member_of_the_profile() -> None:
    user = make_user(profile={"city": "Paris", "title": "Dr"})

    update_user(
        actor=TESTER, user=user, last_name="Byron", profile={"city": "London", "title": "Dr"}
    )

    logged = changes("user.account.update_profile")
    assert logged["profile.city"] == ("Paris", "London")
    assert logged["last_name"] == (user.last_name, "Byron")
    assert logged.keys() == {"profile.city", "last_name"}


def test_an_update_that_changes_nothing_writes_nothing() -> None:
    user, start = make_user(), mark()
    before = User.objects.values().get(pk=user.pk)

    update_user(actor=TESTER, user=user, login=user.login, profile={})

    assert events(since=start) == []
    assert User.objects.values().get(pk=user.pk) == before


def test_r15_a_new_login_revokes_nothing() -> None:
    user = make_user()

    changed = update_user(actor=TESTER, user=user, login="renamed@example.com")

    assert (changed.epoch, changed.password_epoch) == (user.epoch, user.password_epoch)
    assert jobs() == []


def test_r15_a_new_password_raises_its_own_epoch_and_writes_the_outbox_row() -> None:
    user = make_user()

    changed = set_password(actor=TESTER, user=user, password=NEW_PASSWORD)

    assert check_password(NEW_PASSWORD, changed.password)
    assert (changed.epoch, changed.password_epoch) == (user.epoch, user.password_epoch + 1)
    assert jobs() == [("user", "user.account.update_password")]
    assert NEW_PASSWORD not in everything()


@pytest.mark.parametrize("password", ["short", "password1234", "x" * 201, "user@example.com"])
def test_it_refuses_weak_passwords(password: str) -> None:
    user = make_user(login="user@example.com")

    with pytest.raises(InvalidError) as error:
        set_password(actor=TESTER, user=user, password=password)

    assert refused_fields(error) == {"password"}


def test_only_active_users_can_sign_in_with_their_password() -> None:
    active, staged = make_user(), make_user(activate=False)

    assert authenticate(username=active.login, password=PASSWORD) == active
    assert authenticate(username=staged.login, password=PASSWORD) is None


def test_everyone_is_among_the_groups_of_every_user() -> None:
    user = make_user()
    group = make_group(user, name="Aviators")
    everyone = Group.objects.get(name="Everyone")

    assert users_groups(user) == {group.pk: "Aviators", everyone.pk: "Everyone"}
