"""A denial told as a page, asked again, and found by its reference (R24, R25)."""

import html

from django.test import Client as Browser

from apps.oauth.console.event_parts import agent_words, flow_of
from apps.policies.services import update_rule
from apps.servers.services.rows import server_target
from apps.systemlog.entries import Entry
from apps.systemlog.models import LogEvent
from apps.systemlog.record import record
from tests.admin.conftest import World, ask_for_token, denial
from tests.factories import TESTER, make_scope
from tests.management.okta.small_world import Wish, small_world
from tests.oauth import flow

AT = "/admin/systemlog/logevent"


def test_a_denial_says_why_how_near_and_what_would_mend_it(world: World, root: Browser) -> None:
    make_scope(world.server, "orders:write")
    event = denial(world, "orders:write")
    body = root.get(f"{AT}/{event.pk}/change/").content.decode()
    assert "Warehouse was refused a token for Orders API" in body
    assert "No rule allows " in body and '<code class="chip">orders:write</code>' in body
    assert "Nearest miss: rule" in body
    assert f"/admin/policies/rule/{world.rule.pk}/change/" in body
    assert "What would mend it" in body


def test_a_denial_is_asked_again_against_the_present_configuration(
    world: World, root: Browser
) -> None:
    make_scope(world.server, "orders:write")
    event = denial(world, "orders:write")
    url = f"{AT}/{event.pk}/explain/"
    assert b"would be denied now, too" in root.get(url).content
    wider = [
        {**row, "include": ["*"]} if row["type"] == "scopes" else row
        for row in world.rule.conditions
    ]
    update_rule(actor=TESTER, server_id="orders", rule_id=world.rule.pk, conditions=wider)
    assert b"would be granted now" in root.get(url).content


def test_asking_again_says_when_the_client_is_gone(world: World, root: Browser) -> None:
    make_scope(world.server, "orders:write")
    event = denial(world, "orders:write")
    world.service.delete()
    assert b"exist any more" in root.get(f"{AT}/{event.pk}/explain/").content


def test_r25_a_reference_opens_its_denial(world: World, root: Browser) -> None:
    make_scope(world.server, "orders:write")
    event = denial(world, "orders:write")
    response = root.get(f"/admin/reference/{event.reference}/")
    assert response.headers["Location"] == f"{AT}/{event.pk}/change/"


def test_r25_an_unknown_reference_is_a_friendly_page(root: Browser) -> None:
    for reference in ("AAAA-BBBB-CCCC-DDDD", "<b>", "x" * 300):
        response = root.get(f"/admin/reference/{reference}/")
        assert response.status_code == 404
        assert b"Nothing was logged under this reference" in response.content


def test_r25_a_reference_is_for_staff(world: World) -> None:
    assert Browser().get("/admin/reference/AAAA-BBBB-CCCC-DDDD/").status_code == 302


def test_the_json_is_oktas(world: World, root: Browser) -> None:
    event = LogEvent.objects.latest("pk")
    body = root.get(f"{AT}/{event.pk}/json/").json()
    assert (body["uuid"], body["eventType"]) == (event.uuid, event.event_type)


def test_the_log_is_found_by_reference_client_and_actor(world: World, root: Browser) -> None:
    reference = ask_for_token(world, "orders:read")
    for query in (reference, reference.lower(), f"={world.service.pk}", "^tester", "="):
        response = root.get(f"{AT}/", {"q": query})
        assert response.status_code == 200
    found = root.get(f"{AT}/", {"q": reference}).context["cl"].result_list
    assert {event.reference for event in found} == {reference}


def test_the_page_leads_on_to_a_try_to_the_flow_and_to_the_configuration_then(
    world: World, root: Browser
) -> None:
    make_scope(world.server, "orders:write")
    event = denial(world, "orders:read orders:write")
    body = html.unescape(root.get(f"{AT}/{event.pk}/change/").content.decode())
    server = "/admin/servers/authorizationserver/orders"
    assert f"{server}/try/?client={world.service.pk}&grant_type=client_credentials" in body
    assert "Try it: ask without orders:write" in body
    assert f"at={event.pk}" in body
    for link in (f"client_id={world.service.pk}", "server_id=orders"):
        assert f"{AT}/?{link}" in body
    flow = root.get(f"{AT}/{event.pk}/flow/").content.decode()
    assert "was refused a token for Orders API: no rule allows orders:write" in flow


def test_what_failed_without_a_decision_says_why_first(world: World, root: Browser) -> None:
    Browser().post(
        f"/oauth2/{world.server.pk}/v1/token",
        f"grant_type=client_credentials&client_id={world.service.client_id}&client_secret=wrong",
        content_type="application/x-www-form-urlencoded",
    )
    event = LogEvent.objects.get(event_type="app.oauth2.invalid_client_credentials")
    page = root.get(f"{AT}/{event.pk}/change/")
    told = page.context["verdict"]
    assert told["tone"] == "danger"
    assert told["title_parts"][0]["text"] in page.content.decode()
    assert "Warehouse failed to authenticate at Orders API" in page.content.decode()


def test_what_is_noted_as_a_list_is_told_one_after_the_other(world: World, root: Browser) -> None:
    debug = {"failingTests": ["alice reads: expected allowed", "bob writes: expected denied"]}
    record(Entry("policy.test.fail", TESTER, (server_target(world.server),), debug=debug))
    event = LogEvent.objects.latest("pk")
    body = root.get(f"{AT}/{event.pk}/change/").content.decode()
    assert "alice reads: expected allowed; bob writes: expected denied" in body


def test_an_agent_is_told_as_people_know_it() -> None:
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    edge = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120.0 Safari/537.36 Edg/120.0"
    assert agent_words(firefox) == "Firefox on Linux"
    assert agent_words(edge) == "Edge on Windows"
    assert agent_words("curl/8.0") == "curl/8.0"


def test_a_flow_is_the_request_and_all_that_came_of_its_tokens(db: None) -> None:
    world = small_world(access_token_format="opaque")
    told = world.really(Wish("web", "openid read offline_access", "ada")).members
    app = world.apps["web"]
    at = flow.World(world.server, app.client, app.secret, world.people["ada"])
    flow.token_request(at, grant_type="refresh_token", refresh_token=told["refresh_token"])
    first = LogEvent.objects.filter(event_type="app.oauth2.as.token.grant.refresh_token").first()
    assert first is not None
    references = {event.reference for event in flow_of(first)}
    assert len(references) >= 2
    assert {event.user_id for event in flow_of(first)} == {world.people["ada"].pk}
