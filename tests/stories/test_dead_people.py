"""What happens to a person happens to their tokens (R7, R15), at once and on every server."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.directory.services import (
    deactivate_user,
    delete_user,
    expire_password,
    lock_user,
    reset_password,
    set_password,
    suspend_user,
    unsuspend_user,
    update_user,
)
from apps.servers.services import update_server
from tests.factories import TESTER
from tests.stories.people import Visit, visit
from tests.stories.wire import refusal

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "another horse, another battery"
Change = Callable[[Visit], object]

ENDS: dict[str, Change] = {
    "deactivated": lambda shop: deactivate_user(actor=TESTER, user=shop.user),
    "suspended": lambda shop: suspend_user(actor=TESTER, user=shop.user),
    "locked out": lambda shop: lock_user(actor=TESTER, user=shop.user),
    "given a new password": lambda shop: set_password(
        actor=TESTER, user=shop.user, password=NEW_PASSWORD
    ),
    "made to reset the password": lambda shop: reset_password(actor=TESTER, user=shop.user),
    "made to change the password": lambda shop: expire_password(actor=TESTER, user=shop.user),
}


@pytest.fixture
def shop() -> Visit:
    return visit("orders", rule={})


@pytest.fixture
def tokens(shop: Visit) -> dict[str, Any]:
    tokens = shop.tokens("openid offline_access orders")
    assert shop.is_alive(tokens["access_token"])
    return tokens


@pytest.mark.parametrize("change", ENDS, ids=lambda text: text.replace(" ", "-"))
def test_all_tokens_end_when_the_user_is(shop: Visit, tokens: dict[str, Any], change: str) -> None:
    ENDS[change](shop)
    assert not shop.is_alive(tokens["access_token"])
    assert shop.userinfo(tokens["access_token"]).status_code == 401
    assert refusal(shop.refresh(tokens["refresh_token"])) == (400, "invalid_grant")


def test_all_tokens_end_when_the_user_is_deleted(shop: Visit, tokens: dict[str, Any]) -> None:
    deactivate_user(actor=TESTER, user=shop.user)
    delete_user(actor=TESTER, user=shop.user)
    assert not shop.is_alive(tokens["access_token"])
    assert refusal(shop.refresh(tokens["refresh_token"])) == (400, "invalid_grant")


def test_a_user_who_comes_back_signs_in_anew(shop: Visit, tokens: dict[str, Any]) -> None:
    suspend_user(actor=TESTER, user=shop.user)
    unsuspend_user(actor=TESTER, user=shop.user)
    assert not shop.is_alive(tokens["access_token"])
    assert shop.is_alive(shop.tokens()["access_token"])


def test_a_server_may_keep_tokens_when_the_password_changes(shop: Visit) -> None:
    update_server(actor=TESTER, server_id=shop.server.pk, revoke_on_password_change=False)
    token = shop.tokens()["access_token"]
    set_password(actor=TESTER, user=shop.user, password=NEW_PASSWORD)
    assert shop.is_alive(token)


def test_a_new_name_ends_nothing(shop: Visit, tokens: dict[str, Any]) -> None:
    update_user(actor=TESTER, user=shop.user, first_name="Augusta")
    assert shop.is_alive(tokens["access_token"])


def test_tokens_of_other_users_live_on(shop: Visit, tokens: dict[str, Any]) -> None:
    other = visit(rule={})
    deactivate_user(actor=TESTER, user=other.user)
    assert shop.is_alive(tokens["access_token"])
    assert shop.refresh(tokens["refresh_token"]).status_code == 200
