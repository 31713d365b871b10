"""deploy/demo.yaml: every line of its story, over HTTP."""

from typing import Any

import pytest
from django.test import Client as Browser

from apps.management.configuration import run
from apps.management.configuration.current import read_current
from apps.management.configuration.document import read_document
from apps.management.configuration.names import ClientNames
from apps.management.configuration.source import read_source
from apps.systemlog.models import LogEvent
from authzsite.domain.policy import Explanation
from tests.configuration.files import CALLBACK, DEMO, world
from tests.oauth import flow, http

pytestmark = pytest.mark.django_db
MOBILE, DASHBOARD = "http://127.0.0.1:5000/callback", "http://localhost:9001/callback"


@pytest.fixture
def known(db: None) -> dict[str, str]:
    """The demo, carried out, and its generated secrets and passwords by name."""
    return {one.name: one.text for one in run.apply(DEMO.read_bytes()).secrets}


def sign_in(
    known: dict[str, str], client: str, user: str, scope: str, uri: str, server: str = "default"
) -> flow.Answer:
    """A person goes to an application and comes back with an answer."""
    login = f"{user}@example.com"
    at, browser = world(server, client, login), Browser()
    flow.sign_in(browser, at.user, known[login])
    return flow.authorize(browser, at, scope=scope, redirect_uri=uri)


def tokens(
    known: dict[str, str], client: str, user: str, scope: str, uri: str, server: str = "default"
) -> dict[str, Any]:
    """The same, down to the token answer."""
    code = sign_in(known, client, user, scope, uri, server).code
    at = world(server, client, secret=known.get(client, ""))
    response: Any = flow.exchange(at, code, redirect_uri=uri)
    assert response.status_code == 200, response.content
    return dict(response.json())


def service(known: dict[str, str], server: str, scope: str | None) -> Any:
    """The warehouse asks for a token."""
    form = {} if scope is None else {"scope": scope}
    return http.token(Browser(), server, ("demo-service", known["demo-service"]), **form)


def explanation() -> Explanation:
    """Why the newest denial fell."""
    event = LogEvent.objects.filter(outcome="FAILURE").order_by("-pk")[0]
    found = Explanation.from_dict(event.body["debugData"]["trace"])
    assert isinstance(found, Explanation)
    return found


def test_it_tells_its_story_with_two_servers_and_five_clients() -> None:
    document, problems = read_document(read_source(DEMO.read_bytes()))
    assert problems == []
    servers = {
        item.key[0]: item.values["scopeMode"] for item in document.items("authorizationServers")
    }
    assert servers == {"default": "reject", "reports": "narrow"}
    types = sorted(item.values["type"] for item in document.items("clients"))
    assert types == ["browser", "config", "native", "service", "web"]


def test_its_declared_tests_pass_and_nothing_is_left_to_do(known: dict[str, str]) -> None:
    again = run.plan(DEMO.read_bytes())
    assert (again.changes, again.tests, again.failed_tests) == ([], 17, [])
    assert len(read_current(None, ClientNames()).items("users")) == 6


def test_alice_writes_for_half_an_hour(known: dict[str, str]) -> None:
    """R8, R9"""
    answer = tokens(known, "demo-web", "alice", "openid orders:read orders:write", CALLBACK)
    assert (answer["expires_in"], answer["scope"]) == (1800, "openid orders:read orders:write")
    assert answer["id_token"]


def test_alice_may_not_delete_and_the_explanation_names_the_one_scope(
    known: dict[str, str],
) -> None:
    """R3, R24: reject, and the nearest miss fails on that scope only."""
    answer = sign_in(known, "demo-web", "alice", "orders:delete", CALLBACK)
    assert answer.error == "access_denied"
    miss = explanation().nearest_miss
    assert miss and (miss.rule_name, miss.only_scopes, miss.missing) == (
        "Engineers write",
        True,
        ("orders:delete",),
    )


def test_carol_is_an_engineer_but_the_exclusion_of_contractors_wins(
    known: dict[str, str],
) -> None:
    """R8"""
    assert sign_in(known, "demo-web", "carol", "orders:write", CALLBACK).error == "access_denied"
    answer = tokens(known, "demo-web", "carol", "orders:read", CALLBACK)
    assert answer["expires_in"] == 3600  # Staff read


def test_bob_has_the_first_rule_that_matches_not_the_shadowed_one(known: dict[str, str]) -> None:
    """R9"""
    assert tokens(known, "demo-web", "bob", "orders:read", CALLBACK)["expires_in"] == 3600


def test_frank_is_assigned_in_person(known: dict[str, str]) -> None:
    """R6"""
    assert tokens(known, "demo-web", "frank", "orders:read", CALLBACK)["scope"] == "orders:read"


def test_erin_is_not_assigned_to_the_web_application(known: dict[str, str]) -> None:
    """R6"""
    answer = sign_in(known, "demo-web", "erin", "orders:read", CALLBACK)
    assert answer.members["error_description"] == "User is not assigned to the client application."


def test_erin_may_sign_in_to_the_dashboard_without_a_say_over_orders(
    known: dict[str, str],
) -> None:
    """R10: OpenID scopes need no mention, but a rule."""
    answer = tokens(known, "demo-dashboard", "erin", "openid profile", DASHBOARD)
    assert answer["scope"] == "openid profile"
    refused = sign_in(known, "demo-dashboard", "erin", "openid orders:read", DASHBOARD)
    assert refused.error == "access_denied"


def test_dave_is_suspended(known: dict[str, str]) -> None:
    """R7: nobody knows his password, and it would not help."""
    at, browser = world("default", "demo-web", "dave@example.com"), Browser()
    flow.sign_in(browser, at.user, "whatever it was")
    answer = flow.authorize(browser, at, scope="orders:read", redirect_uri=CALLBACK)
    assert "code" not in answer.members


def test_the_mobile_application_asks_for_consent(known: dict[str, str]) -> None:
    answer = sign_in(known, "demo-mobile", "alice", "openid orders:write", MOBILE)
    assert answer.response.status_code == 200
    assert b"Change orders" in answer.response.content


def test_the_warehouse_gets_its_default_scope_and_no_other_than_allowed(
    known: dict[str, str],
) -> None:
    """R4, R3"""
    answer = service(known, "default", None).json()
    assert (answer["scope"], answer["expires_in"]) == ("orders:read", 900)
    http.assert_refused(service(known, "default", "orders:delete"), 400, "access_denied")
    assert explanation().headline == "No rule allows orders:delete."


def test_reports_drop_what_is_not_allowed(known: dict[str, str]) -> None:
    """R3: narrow; with nothing left the token is alive and authorises nothing."""
    assert service(known, "reports", "reports:read reports:admin").json()["scope"] == "reports:read"
    answer = service(known, "reports", "reports:admin").json()
    assert "scope" not in answer and answer["access_token"].startswith("azat_")
    auth = ("demo-service", known["demo-service"])
    said: Any = http.introspect(Browser(), "reports", answer["access_token"], auth)
    assert said.json()["active"] is True and "scope" not in said.json()


def test_people_look_at_reports_for_five_minutes(known: dict[str, str]) -> None:
    """R8: the shortest lifetime."""
    answer = tokens(
        known, "demo-dashboard", "erin", "reports:read reports:export", DASHBOARD, "reports"
    )
    assert (answer["scope"], answer["expires_in"]) == ("reports:read", 300)


def test_the_warehouse_may_introspect_alices_tokens(known: dict[str, str]) -> None:
    """R4a: a registered resource server of the server that issued them."""
    token = tokens(known, "demo-web", "alice", "orders:read", CALLBACK)["access_token"]
    auth = ("demo-service", known["demo-service"])
    said: Any = http.introspect(Browser(), "default", token, auth)
    assert said.json()["active"] is True
