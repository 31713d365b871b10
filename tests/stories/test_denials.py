"""Nobody gets a token without a policy and a rule (R8, R9), and the log tells every miss apart."""

from urllib.parse import urlsplit

import pytest
from django.test import Client as Browser

from apps.policies.services import deactivate_policy, deactivate_rule
from apps.servers.models import AuthorizationServer
from tests.factories import (
    TESTER,
    make_policy,
    make_rule,
    make_scope,
    make_server,
    make_superuser,
)
from tests.oauth import flow
from tests.stories.wire import (
    App,
    ask,
    debug_of,
    explanation,
    failed_checks,
    get_token,
    last_event,
    only_rule,
    refusal,
    service,
)

pytestmark = pytest.mark.django_db
DENIED = (401, "access_denied")


@pytest.fixture
def app() -> App:
    return service()


@pytest.fixture
def server() -> AuthorizationServer:
    server = make_server()
    for name in ("read", "write", "delete"):
        make_scope(server, name)
    return server


def test_a_server_without_policy_issues_nothing(server: AuthorizationServer, app: App) -> None:
    assert refusal(ask(server, app, "read")) == DENIED
    assert last_event().reason == "no_matching_policy"
    assert explanation().policies == ()
    assert explanation().headline == "No rule matches this request."


def test_a_policy_without_rule_issues_nothing(server: AuthorizationServer, app: App) -> None:
    make_policy(server, name="Empty")
    assert refusal(ask(server, app, "read")) == DENIED
    assert last_event().reason == "no_matching_policy"
    (policy,) = explanation().policies
    assert (policy.name, policy.status, policy.rules) == ("Empty", "applies", ())


def test_a_policy_for_other_clients_is_told_from_no_policy(
    server: AuthorizationServer, app: App
) -> None:
    make_rule(make_policy(server, name="Theirs", clients=[service().client.pk]))
    assert refusal(ask(server, app, "read")) == DENIED
    assert last_event().reason == "no_matching_policy"
    (policy,) = explanation().policies
    assert (policy.name, policy.status) == ("Theirs", "other_clients")


def test_a_rule_for_other_grants_names_the_grant(server: AuthorizationServer, app: App) -> None:
    make_rule(make_policy(server), grants=["authorization_code"])
    assert refusal(ask(server, app, "read")) == DENIED
    assert last_event().reason == "no_matching_policy"
    assert list(failed_checks()) == ["grant_types"]


def test_a_rule_that_misses_by_scope_names_the_scope(server: AuthorizationServer, app: App) -> None:
    make_rule(make_policy(server), scopes=["write"])
    assert refusal(ask(server, app, "read")) == (400, "access_denied")
    assert last_event().reason == "no_scope_allowed"
    assert failed_checks()["scopes"].missing == ("read",)


def test_a_scope_that_nobody_defined_is_told_from_one_that_no_rule_allows(
    server: AuthorizationServer, app: App
) -> None:
    make_rule(make_policy(server))
    assert refusal(ask(server, app, "read fly")) == (400, "invalid_scope")
    assert last_event().reason == "no_matching_scope"
    assert debug_of(last_event())["deniedScopes"] == "[fly]"


@pytest.mark.parametrize("off", ["policy", "rule"])
def test_what_is_inactive_is_never_considered(
    server: AuthorizationServer, app: App, off: str
) -> None:
    rule = make_rule(make_policy(server))
    if off == "policy":
        deactivate_policy(actor=TESTER, server_id=server.pk, policy_id=rule.policy_id)
    else:
        deactivate_rule(actor=TESTER, server_id=server.pk, rule_id=rule.pk)
    assert refusal(ask(server, app, "read")) == DENIED
    assert "inactive" in {only_rule().status, explanation().policies[0].status}


def test_of_several_scopes_one_that_no_rule_allows_refuses_the_whole_request(
    server: AuthorizationServer, app: App
) -> None:
    make_rule(make_policy(server, name="Shop"), name="Readers", scopes=["read", "write"])
    assert refusal(ask(server, app, "read write delete")) == (400, "access_denied")
    assert last_event().reason == "scope_denied"
    assert last_event().outcome == "FAILURE"


def test_the_log_of_a_partly_allowed_request_says_which_scopes_and_which_rule(
    server: AuthorizationServer, app: App
) -> None:
    make_rule(make_policy(server, name="Shop"), name="Readers", scopes=["read", "write"])
    ask(server, app, "read write delete")
    facts = debug_of(last_event())
    assert facts["requestedScopes"] == "read, write, delete"
    assert facts["deniedScopes"] == "[delete]"
    miss = explanation().nearest_miss
    assert miss is not None and miss.only_scopes
    assert (miss.policy_name, miss.rule_name, miss.missing) == ("Shop", "Readers", ("delete",))


def test_the_log_names_the_smallest_fix(server: AuthorizationServer, app: App) -> None:
    make_rule(make_policy(server), scopes=["read"])
    ask(server, app, "read delete")
    fixes = {fix.kind: fix for fix in explanation().fixes if fix.suffices}
    assert fixes["widen_rule"].scopes == ("delete",)
    assert refusal(ask(server, app, "read delete"))[1] == "access_denied"
    assert get_token(server, app, "read")["scope"] == "read"


def test_the_nearest_of_several_rules_is_named(server: AuthorizationServer, app: App) -> None:
    policy = make_policy(server)
    make_rule(policy, name="Far", grants=["authorization_code"], scopes=["read"])
    make_rule(policy, name="Near", scopes=["read", "write"])
    ask(server, app, "read write delete")
    miss = explanation().nearest_miss
    assert miss is not None and miss.rule_name == "Near"


def test_if_no_rule_of_a_policy_matches_the_next_policy_is_tried(
    server: AuthorizationServer, app: App
) -> None:
    make_rule(make_policy(server), scopes=["write"])
    make_rule(make_policy(server, name="Second"), scopes=["read"])
    assert get_token(server, app, "read")["scope"] == "read"
    assert debug_of(last_event())["policyName"] == "Second"


def test_the_client_learns_a_reference_and_nothing_else(
    server: AuthorizationServer, app: App
) -> None:
    make_rule(make_policy(server, name="Hidden policy"), name="Hidden rule", scopes=["write"])
    response = ask(server, app, "read")
    assert b"Hidden" not in response.content
    assert last_event().reference == response.headers["X-Request-Reference"]
    assert response.json()["error_uri"].endswith(f"/{last_event().reference}/")


@pytest.mark.parametrize("letters", ["ABCDEFGHJKLM", "NPQRSTUVWXYZ", "23456789"])
def test_an_administrator_opens_the_reference_and_reads_why(
    server: AuthorizationServer, app: App, monkeypatch: pytest.MonkeyPatch, letters: str
) -> None:
    monkeypatch.setattr("apps.systemlog.ids.REFERENCE_ALPHABET", letters)
    make_rule(make_policy(server), name="Readers of orders", scopes=["write"])
    address = urlsplit(ask(server, app, "read").json()["error_uri"]).path
    browser = Browser()
    flow.sign_in(browser, make_superuser())
    page = browser.get(address, follow=True)
    assert page.status_code == 200
    assert b"Readers of orders" in page.content
