"""A denial told as a page, asked again, and found by its reference (R24, R25)."""

from django.test import Client as Browser

from apps.policies.services import update_rule
from apps.systemlog.models import LogEvent
from tests.admin.conftest import World, ask_for_token, denial
from tests.factories import TESTER, make_scope

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
