"""The page of a server's configuration as it was at an event or a time."""

import re
from datetime import timedelta

from django.test import Client as Browser

from apps.policies.services import delete_policy, update_rule
from apps.servers.services import delete_server, update_server
from apps.systemlog.models import ChangedObject, LogEvent
from tests.admin.conftest import World, denial
from tests.factories import TESTER

HISTORY = "/admin/servers/authorizationserver/orders/history/"


def at(browser: Browser, wanted: object) -> str:
    """The page at a moment."""
    response = browser.get(HISTORY, {"at": str(wanted)})
    assert response.status_code == 200
    return response.content.decode()


def test_what_was_deleted_since_reads_as_it_did_then(world: World, root: Browser) -> None:
    before = LogEvent.objects.latest("pk").pk
    delete_policy(actor=TESTER, server_id="orders", policy_id=world.policy.pk)
    body = at(root, before)
    assert "1 · " in body and "Engineering" in body and "orders:read" in body
    assert re.search(r"Rule Read</th>\s*<td><del>there</del>", body), body
    assert "1 later change was taken back" in body
    assert "No access policy" in at(root, LogEvent.objects.latest("pk").pk)


def test_a_diff_to_now_names_field_and_rule(world: World, root: Browser) -> None:
    before = LogEvent.objects.latest("pk").pk
    update_rule(actor=TESTER, server_id="orders", rule_id=world.rule.pk, access_token_minutes=10)
    body = at(root, before)
    assert "Rule Read: Access token (min)" in body
    assert "<del>60</del>" in body and "<ins>10</ins>" in body


def test_each_refused_request_leads_to_the_configuration_then(world: World, root: Browser) -> None:
    event = denial(world)
    page = root.get(f"/admin/systemlog/logevent/{event.pk}/change/").content.decode()
    assert f"{HISTORY}?at={event.pk}" in page
    assert "Nothing is different now" in at(root, event.pk)


def test_a_time_is_understood_and_nonsense_leads_back(world: World, root: Browser) -> None:
    event = LogEvent.objects.filter(server_id="orders").latest("pk")
    wanted = (event.published + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M")
    assert "Nothing is different now" in at(root, wanted)
    before = LogEvent.objects.get(event_type="oauth2.as.created", server_id="orders")
    wanted = (before.published - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M")
    assert "There was no such server then" in at(root, wanted)
    assert root.get(HISTORY, {"at": "yesterday"}).headers["Location"] == HISTORY


def test_a_log_that_begins_later_is_told(world: World, root: Browser) -> None:
    early = LogEvent.objects.earliest("pk").pk
    update_server(actor=TESTER, server_id="orders", description="Other")
    last = LogEvent.objects.latest("pk").pk
    LogEvent.objects.filter(pk__lt=last).delete()
    ChangedObject.objects.filter(event_id__lt=last).delete()
    assert "reach back so far" in at(root, early)
    assert "reach back so far" not in at(root, last)


def test_a_server_that_is_gone_still_shows_what_it_was(world: World, root: Browser) -> None:
    before = LogEvent.objects.latest("pk").pk
    delete_server(actor=TESTER, server_id="orders")
    body = at(root, before)
    assert "which is gone" in body and "Engineering" in body
    assert "is gone" in root.get(HISTORY).content.decode()
