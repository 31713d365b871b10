"""How long tokens live: what a rule may say (R8), and what the tokens then say."""

from typing import Any

import pytest

from apps.policies.models import Rule
from apps.policies.services import update_rule
from apps.servers.models import AuthorizationServer
from authzsite.domain.validation import InvalidError
from tests.factories import TESTER, make_policy, make_rule, make_scope, make_server
from tests.stories.wire import claims_of, get_token, introspect, service

pytestmark = pytest.mark.django_db
DAY = 24 * 60


@pytest.fixture
def server() -> AuthorizationServer:
    server = make_server()
    make_scope(server, "read")
    return server


def rule_with(server: AuthorizationServer, **minutes: int) -> Rule:
    given: dict[str, Any] = {f"{name}_minutes": n for name, n in minutes.items()}
    return make_rule(make_policy(server), **given)


def refused_field(server: AuthorizationServer, **minutes: int) -> set[str]:
    with pytest.raises(InvalidError) as caught:
        rule_with(server, **minutes)
    return {problem.field for problem in caught.value.problems}


def lifetime_of(answer: dict[str, Any]) -> int:
    claims = claims_of(answer["access_token"])
    assert claims["exp"] - claims["iat"] == answer["expires_in"]
    return int(answer["expires_in"])


@pytest.mark.parametrize("minutes", [5, 60, DAY])
def test_an_access_token_lives_from_five_minutes_to_a_day(
    server: AuthorizationServer, minutes: int
) -> None:
    rule_with(server, access_token=minutes)
    assert lifetime_of(get_token(server, service(), "read")) == minutes * 60


@pytest.mark.parametrize("minutes", [0, 4, DAY + 1])
def test_an_access_token_beyond_its_limits_is_refused(
    server: AuthorizationServer, minutes: int
) -> None:
    assert "access_token_minutes" in refused_field(server, access_token=minutes)


def test_the_refusal_names_the_field_and_its_limits(server: AuthorizationServer) -> None:
    with pytest.raises(InvalidError) as caught:
        rule_with(server, access_token=4)
    assert caught.value.problems[0].limit == (5, DAY)


def test_without_a_word_an_access_token_lives_an_hour(server: AuthorizationServer) -> None:
    make_rule(make_policy(server))
    assert lifetime_of(get_token(server, service(), "read")) == 3600


def test_a_refresh_token_that_ends_before_its_access_token_is_refused(
    server: AuthorizationServer,
) -> None:
    refused = refused_field(server, access_token=60, refresh_token=59, refresh_window=10)
    assert "refresh_token_minutes" in refused


def test_a_refresh_token_may_end_with_its_access_token(server: AuthorizationServer) -> None:
    rule = rule_with(server, access_token=60, refresh_token=60, refresh_window=60)
    assert rule.refresh_token_minutes == 60


def test_a_refresh_token_may_live_without_end(server: AuthorizationServer) -> None:
    rule = rule_with(server, access_token=60, refresh_token=0, refresh_window=2_628_000)
    assert rule.refresh_token_minutes == 0


def test_an_idle_window_of_nine_minutes_is_refused(server: AuthorizationServer) -> None:
    assert "refresh_window_minutes" in refused_field(server, access_token=5, refresh_window=9)


def test_an_idle_window_of_ten_minutes_is_accepted(server: AuthorizationServer) -> None:
    assert rule_with(server, access_token=5, refresh_window=10).refresh_window_minutes == 10


@pytest.mark.parametrize(
    "minutes",
    [
        {"access_token": 60, "refresh_window": 59},
        {"access_token": 5, "refresh_token": 60, "refresh_window": 61},
        {"access_token": 5, "refresh_window": 2_628_001},
    ],
)
def test_an_idle_window_lies_between_access_and_refresh_lifetime_and_under_five_years(
    server: AuthorizationServer, minutes: dict[str, int]
) -> None:
    assert "refresh_window_minutes" in refused_field(server, **minutes)


def test_a_changed_lifetime_holds_for_new_tokens_and_ends_old_ones(
    server: AuthorizationServer,
) -> None:
    rule, app = rule_with(server, access_token=60), service()
    before = get_token(server, app, "read")["access_token"]
    update_rule(actor=TESTER, server_id=server.pk, rule_id=rule.pk, access_token_minutes=5)
    assert introspect(server, app, before) == {"active": False}
    assert lifetime_of(get_token(server, app, "read")) == 300
