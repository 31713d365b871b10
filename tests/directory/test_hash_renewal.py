"""A hash that is renewed at a sign-in is no new password (R15)."""

import pytest
from django.test import override_settings

from apps.directory.models import User
from apps.directory.services import set_password
from tests.factories import PASSWORD, TESTER, make_user

pytestmark = pytest.mark.django_db
OLDER = override_settings(
    PASSWORD_HASHERS=["tests.hashers.OlderHasher", "tests.hashers.QuickHasher"]
)


def user_with_an_old_hash() -> User:
    with OLDER:
        return make_user()


def test_the_right_password_renews_an_old_hash_and_nothing_else() -> None:
    user = user_with_an_old_hash()
    before = User.objects.get(pk=user.pk)

    assert before.check_password(PASSWORD)

    after = User.objects.get(pk=user.pk)
    assert after.password not in ("", user.password)
    assert after.password_epoch == user.password_epoch and after.epoch == user.epoch
    assert after.check_password(PASSWORD)
    assert User.objects.get(pk=user.pk).password == after.password


def test_a_wrong_password_renews_nothing() -> None:
    user = user_with_an_old_hash()

    assert not User.objects.get(pk=user.pk).check_password("a wrong battery staple")

    assert User.objects.get(pk=user.pk).password == user.password


def test_r15_a_renewal_never_brings_back_a_password_that_was_changed_meanwhile() -> None:
    signing_in = user_with_an_old_hash()
    changed = set_password(actor=TESTER, user=signing_in, password="another good battery staple")

    assert signing_in.check_password(PASSWORD)  # against what it had read

    assert User.objects.get(pk=signing_in.pk).password == changed.password
    assert signing_in.password == changed.password
