"""Who may sign in to an application: who is assigned to it, directly or by a group (R6)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.clients.services import (
    assign_group,
    assign_user,
    unassign_group,
    unassign_user,
)
from apps.directory.models import Group
from apps.directory.services import add_member, delete_group, remove_member
from tests.factories import TESTER, make_group
from tests.stories.people import Visit, visit
from tests.stories.wire import explanation, last_event

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Visit:
    """An application that nobody is assigned to."""
    shop = visit(is_assigned=False, rule={})
    shop.sign_in()
    return shop


def gets_a_code(shop: Visit) -> bool:
    answer = shop.authorize()
    assert answer.error in {"", "access_denied"}
    return not answer.error


def test_a_user_who_is_not_assigned_is_refused(shop: Visit) -> None:
    answer = shop.authorize()
    assert answer.error == "access_denied"
    told = answer.members["error_description"]
    assert told == "User is not assigned to the client application."


def test_the_log_says_who_is_not_assigned_to_what(shop: Visit) -> None:
    shop.authorize()
    assert (last_event().reason, last_event().user_id) == ("user_not_assigned", shop.user.pk)
    told = explanation()
    assert told.headline == f"{shop.user.login} is not assigned to {shop.client.name}."
    assert [step.name for step in told.steps if not step.is_ok] == ["assignment"]
    assert "assign_user" in {fix.kind for fix in told.fixes}


def test_a_user_who_is_assigned_directly_gets_tokens(shop: Visit) -> None:
    assign_user(actor=TESTER, client=shop.client, user=shop.user)
    assert shop.tokens()["token_type"] == "Bearer"


def test_a_user_who_is_assigned_by_a_group_gets_tokens(shop: Visit) -> None:
    assign_group(actor=TESTER, client=shop.client, group=make_group(shop.user))
    assert gets_a_code(shop)


def test_a_member_of_another_group_gets_none(shop: Visit) -> None:
    make_group(shop.user)
    assign_group(actor=TESTER, client=shop.client, group=make_group())
    assert not gets_a_code(shop)


def test_everyone_is_a_group_to_assign(shop: Visit) -> None:
    everyone = Group.objects.get(type=Group.Type.BUILT_IN)
    assign_group(actor=TESTER, client=shop.client, group=everyone)
    assert gets_a_code(shop)


def test_a_user_who_is_unassigned_again_is_refused_again(shop: Visit) -> None:
    assign_user(actor=TESTER, client=shop.client, user=shop.user)
    assert gets_a_code(shop)
    unassign_user(actor=TESTER, client=shop.client, user=shop.user)
    assert not gets_a_code(shop)
    assert last_event().reason == "user_not_assigned"


def test_a_user_who_leaves_the_assigned_group_is_refused(shop: Visit) -> None:
    group = make_group(shop.user)
    assign_group(actor=TESTER, client=shop.client, group=group)
    assert gets_a_code(shop)
    remove_member(actor=TESTER, group=group, user=shop.user)
    assert not gets_a_code(shop)


def test_an_assignment_that_is_over_is_none(shop: Visit) -> None:
    yesterday = timezone.now() - timedelta(days=1)
    assign_user(actor=TESTER, client=shop.client, user=shop.user, valid_until=yesterday)
    assert not gets_a_code(shop)


def test_tokens_end_with_the_last_assignment_and_not_before(shop: Visit) -> None:
    group = make_group(shop.user)
    assign_group(actor=TESTER, client=shop.client, group=group)
    assign_user(actor=TESTER, client=shop.client, user=shop.user)
    token = shop.tokens()["access_token"]
    unassign_user(actor=TESTER, client=shop.client, user=shop.user)
    assert shop.is_alive(token)
    unassign_group(actor=TESTER, client=shop.client, group=group)
    assert not shop.is_alive(token)


def test_tokens_end_with_the_group(shop: Visit) -> None:
    group = make_group(shop.user)
    assign_group(actor=TESTER, client=shop.client, group=group)
    token = shop.tokens()["access_token"]
    delete_group(actor=TESTER, group=group)
    assert not shop.is_alive(token)


def test_who_is_assigned_again_signs_in_anew_and_the_old_tokens_stay_dead(shop: Visit) -> None:
    group = make_group(shop.user)
    assign_group(actor=TESTER, client=shop.client, group=group)
    token = shop.tokens()["access_token"]
    remove_member(actor=TESTER, group=group, user=shop.user)
    add_member(actor=TESTER, group=group, user=shop.user)
    assert not shop.is_alive(token)
    assert shop.is_alive(shop.tokens()["access_token"])
