"""OpenID's scopes need no definition and no mention, but a policy and a rule (R10); an ID token
lives an hour (R12).
"""

import pytest

from apps.policies.services import deactivate_rule
from tests.factories import TESTER
from tests.stories.people import rule_of, visit
from tests.stories.wire import claims_of, explanation, last_event, only_rule

pytestmark = pytest.mark.django_db
DAY = 24 * 60


def test_openid_scopes_need_no_definition_and_no_mention_in_a_rule() -> None:
    shop = visit("orders", rule={"scopes": ["orders"]})
    answer = shop.tokens("openid profile email")
    assert answer["scope"] == "openid profile email"
    assert claims_of(answer["id_token"])["sub"] == shop.user.pk


def test_openid_scopes_need_a_policy_all_the_same() -> None:
    shop = visit()
    shop.sign_in()
    assert shop.authorize("openid").error == "access_denied"
    assert last_event().reason == "no_matching_policy"
    assert explanation().policies == ()


def test_openid_scopes_need_a_rule_that_is_active() -> None:
    shop = visit(rule={})
    shop.sign_in()
    rule = rule_of(shop.server)
    deactivate_rule(actor=TESTER, server_id=shop.server.pk, rule_id=rule.pk)
    assert shop.authorize("openid").error == "access_denied"
    assert only_rule().status == "inactive"


def test_openid_and_custom_scopes_come_together() -> None:
    shop = visit("orders", rule={})
    answer = shop.tokens("openid orders")
    assert answer["scope"] == "openid orders"
    claims = claims_of(answer["access_token"])
    assert (claims["scp"], claims["aud"]) == (["openid", "orders"], shop.server.audience)
    assert claims_of(answer["id_token"])["aud"] == shop.client.client_id


def test_a_custom_scope_that_no_rule_allows_refuses_the_openid_ones_with_it() -> None:
    shop = visit("orders", "bank", rule={"scopes": ["orders"]})
    shop.sign_in()
    assert shop.authorize("openid bank").error == "access_denied"
    assert last_event().reason == "no_scope_allowed"


def test_without_openid_there_is_no_id_token() -> None:
    shop = visit("orders", rule={})
    assert "id_token" not in shop.tokens("orders")


@pytest.mark.parametrize("minutes", [5, 60, DAY])
def test_an_id_token_lives_an_hour_whatever_the_rule_says(minutes: int) -> None:
    shop = visit(rule={"access_token_minutes": minutes})
    answer = shop.tokens()
    claims = claims_of(answer["id_token"])
    assert claims["exp"] - claims["iat"] == 3600
    assert answer["expires_in"] == minutes * 60


def test_offline_access_gives_a_refresh_token() -> None:
    shop = visit(rule={})
    answer = shop.tokens("openid offline_access")
    again = shop.refresh(answer["refresh_token"])
    assert again.status_code == 200
    assert shop.is_alive(again.json()["access_token"])


def test_an_id_token_names_the_user_by_id_and_an_access_token_by_login() -> None:
    shop = visit(rule={})
    answer = shop.tokens()
    assert claims_of(answer["id_token"])["sub"] == shop.user.pk
    claims = claims_of(answer["access_token"])
    assert (claims["sub"], claims["uid"]) == (shop.user.login, shop.user.pk)


def test_userinfo_tells_what_the_scopes_allow() -> None:
    shop = visit(rule={})
    told = shop.userinfo(shop.tokens("openid email")["access_token"]).json()
    assert (told["sub"], told["email"]) == (shop.user.pk, shop.user.email)
    assert "name" not in told
