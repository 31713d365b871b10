"""Which scopes a client gets: defaults (R4), no OpenID (R10), and what narrow mode drops (R3)."""

import pytest

from apps.servers.models import AuthorizationServer
from tests.factories import make_policy, make_rule, make_scope, make_server
from tests.stories.wire import (
    App,
    ask,
    claims_of,
    debug_of,
    get_token,
    introspect,
    last_event,
    refusal,
    service,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def app() -> App:
    return service()


def server_with(*scopes: str, rule: tuple[str, ...] = ("*",), **fields: str) -> AuthorizationServer:
    server = make_server(**fields)
    for name in scopes:
        make_scope(server, name.removeprefix("+"), is_default=name.startswith("+"))
    make_rule(make_policy(server), scopes=rule)
    return server


def test_who_asks_for_nothing_gets_the_defaults_that_the_rule_allows(app: App) -> None:
    server = server_with("+read", "+write", "delete", rule=("read", "delete"))
    assert get_token(server, app)["scope"] == "read"


def test_who_asks_for_nothing_where_nothing_is_default_is_refused(app: App) -> None:
    server = server_with("read")
    assert refusal(ask(server, app)) == (400, "invalid_scope")
    assert last_event().reason == "no_default_scopes"


def test_who_asks_for_nothing_on_a_narrow_server_gets_a_token_without_scope(app: App) -> None:
    server = server_with("read", scope_mode="narrow")
    answer = get_token(server, app)
    assert "scope" not in answer
    assert introspect(server, app, answer["access_token"])["active"] is True


def test_a_narrow_server_drops_what_the_rule_does_not_allow(app: App) -> None:
    server = server_with("read", "write", rule=("read",), scope_mode="narrow")
    answer = get_token(server, app, "read write")
    assert answer["scope"] == "read"
    assert claims_of(answer["access_token"])["scp"] == ["read"]


def test_the_log_warns_of_what_was_dropped_and_why(app: App) -> None:
    server = server_with("read", "write", rule=("read",), scope_mode="narrow")
    get_token(server, app, "read write fly")
    assert last_event().severity == "WARN"
    dropped = {one["scope"]: one["reason"] for one in debug_of(last_event())["droppedScopes"]}
    assert dropped == {"write": "scope_denied", "fly": "no_matching_scope"}


def test_a_token_without_scope_is_active_and_says_nothing_of_scopes(app: App) -> None:
    server = server_with("read", "write", rule=("read",), scope_mode="narrow")
    answer = get_token(server, app, "XXXXX")
    assert "scope" not in answer
    said = introspect(server, app, answer["access_token"])
    assert said["active"] is True
    assert "scope" not in said


def test_a_client_without_a_user_gets_no_openid_scope(app: App) -> None:
    server = server_with("read")
    assert refusal(ask(server, app, "openid read")) == (400, "invalid_scope")
    assert last_event().reason == "openid_not_allowed_client_creds"


def test_a_scope_that_somebody_must_consent_to_is_refused_where_nobody_can_be_asked(
    app: App,
) -> None:
    server = server_with("read")
    make_scope(server, "bank", consent="REQUIRED")
    assert refusal(ask(server, app, "read bank")) == (400, "consent_required")
    assert debug_of(last_event())["deniedScopes"] == "[bank]"
