"""Policies are asked when somebody signs in, not again at the exchange (R11): a change in between
has no effect on that flow, and the next one ends its tokens (R17).
"""

from collections.abc import Callable

import pytest

from apps.clients.services import deactivate_client, unassign_user, update_client
from apps.directory.services import deactivate_user
from apps.policies.services import delete_policy, delete_rule, update_rule
from apps.servers.services import deactivate_server, delete_scope
from tests.factories import TESTER, make_policy, make_rule
from tests.stories.people import Visit, rule_of, visit
from tests.stories.wire import claims_of, only_rule, refusal

pytestmark = pytest.mark.django_db
NOBODY = [
    {"type": "grant_types", "include": ["client_credentials"]},
    {"type": "people", "include_groups": []},
    {"type": "scopes", "include": []},
]


@pytest.fixture
def shop() -> Visit:
    shop = visit("orders", rule={"access_token_minutes": 5})
    shop.sign_in()
    return shop


def change_rule(shop: Visit) -> None:
    rule = rule_of(shop.server)
    update_rule(
        actor=TESTER,
        server_id=shop.server.pk,
        rule_id=rule.pk,
        conditions=NOBODY,
        access_token_minutes=60,
    )


def end_rule(shop: Visit) -> None:
    delete_rule(actor=TESTER, server_id=shop.server.pk, rule_id=rule_of(shop.server).pk)


def end_policy(shop: Visit) -> None:
    policy = rule_of(shop.server).policy
    delete_policy(actor=TESTER, server_id=shop.server.pk, policy_id=policy.pk)


def end_scope(shop: Visit) -> None:
    scope = shop.server.scopes.get(name="orders")
    delete_scope(actor=TESTER, server_id=shop.server.pk, scope_id=scope.pk)


@pytest.mark.parametrize("change", [change_rule, end_rule, end_policy, end_scope])
def test_a_policy_change_between_sign_in_and_exchange_does_not_touch_that_flow(
    shop: Visit, change: Callable[[Visit], None]
) -> None:
    code = shop.authorize("openid orders").code
    change(shop)
    answer = shop.exchange(code).json()
    assert (answer["scope"], answer["expires_in"]) == ("openid orders", 300)
    assert shop.is_alive(answer["access_token"])


def test_the_next_sign_in_meets_the_changed_policy(shop: Visit) -> None:
    code = shop.authorize("openid orders").code
    change_rule(shop)
    assert shop.exchange(code).status_code == 200
    assert shop.authorize("openid orders").error == "access_denied"
    assert only_rule().status == "failed"


def test_the_next_change_of_the_rule_ends_the_tokens_of_that_flow(shop: Visit) -> None:
    code = shop.authorize("openid orders").code
    change_rule(shop)
    token = shop.exchange(code).json()["access_token"]
    assert shop.is_alive(token)
    end_rule(shop)
    assert not shop.is_alive(token)


def test_a_new_rule_that_comes_first_changes_nothing_for_that_flow(shop: Visit) -> None:
    code = shop.authorize("openid orders").code
    make_rule(make_policy(shop.server, priority=1), access_token_minutes=60)
    claims = claims_of(shop.exchange(code).json()["access_token"])
    assert claims["exp"] - claims["iat"] == 300


ENDS: dict[str, Callable[[Visit], object]] = {
    "user": lambda shop: deactivate_user(actor=TESTER, user=shop.user),
    "client": lambda shop: deactivate_client(actor=TESTER, client=shop.client),
    "assignment": lambda shop: unassign_user(actor=TESTER, client=shop.client, user=shop.user),
    "server": lambda shop: deactivate_server(actor=TESTER, server_id=shop.server.pk),
    "redirect": lambda shop: update_client(
        actor=TESTER, client=shop.client, redirect_uris=["https://elsewhere.example.com/"]
    ),
}


@pytest.mark.parametrize("what", ENDS)
def test_a_code_ends_with_what_it_was_given_to(shop: Visit, what: str) -> None:
    code = shop.authorize("openid orders").code
    ENDS[what](shop)
    status, _ = refusal(shop.exchange(code))
    assert 400 <= status < 500
