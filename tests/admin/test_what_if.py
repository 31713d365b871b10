"""Drafts of policies: edited as forms, replayed, saved by the services, and nothing before (R9)."""

import csv
import io
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from apps.clients.services import update_client
from apps.oauth.tasks import replay_drafts
from apps.policies.models import Policy, Rule, WhatIfRun
from apps.policies.services import update_rule
from apps.systemlog.models import LogEvent
from apps.tokens.models import AccessToken, Grant
from tests.admin.conftest import World, ask_for_token, signed_in
from tests.admin.pressing import answer_of
from tests.admin.test_try import SIGNED
from tests.factories import TESTER, make_group, make_user

DRAFTS = "/admin/servers/authorizationserver/orders/whatif/"
LENGTHS = {
    "access_token_minutes_number": "30",
    "access_token_minutes_unit": "1",
    "refresh_token_minutes_number": "0",
    "refresh_token_minutes_unit": "1",
    "refresh_window_minutes_number": "7",
    "refresh_window_minutes_unit": "1440",
}


def draft(browser: Browser) -> tuple[WhatIfRun, str]:
    """A new one, and its address."""
    url = browser.post(DRAFTS).headers["Location"]
    run = WhatIfRun.objects.latest("created")
    assert url == f"{DRAFTS}{run.pk}/"
    return run, url


def body_of(browser: Browser, url: str) -> str:
    response = browser.get(url)
    assert response.status_code == 200, response.content
    return response.content.decode()


def rule_fields(**fields: Any) -> dict[str, Any]:
    given = {"name": "Read", "grant_types__include": ["client_credentials"], **LENGTHS}
    return {**given, "scopes__include": ["orders:read"], **fields}


def test_a_rule_is_changed_in_the_draft_and_nowhere_else(world: World, root: Browser) -> None:
    ask_for_token(world, "orders:read")
    run, url = draft(root)
    assert "This is a copy of the policies" in body_of(root, url)
    answer = root.post(
        f"{url}policy/0/rule/0/", rule_fields(grant_types__include=["authorization_code"])
    )
    assert answer.headers["Location"] == url
    run.refresh_from_db()
    [rule] = run.proposal[0]["rules"]
    assert rule["id"] == world.rule.pk and rule["access_token_minutes"] == 30
    assert Rule.objects.get().access_token_minutes == world.rule.access_token_minutes
    body = body_of(root, url)
    assert "denied from now on" in body and "Changed" in body and "Warehouse" in body
    form = root.get(f"{url}policy/0/rule/0/").context["form"]
    assert form["access_token_minutes"].value() == 30
    assert form["grant_types__include"].value() == ["authorization_code"]


def test_what_could_not_be_saved_is_said_at_the_form(world: World, root: Browser) -> None:
    run, url = draft(root)
    answer = root.post(f"{url}policy/0/rule/0/", rule_fields(access_token_minutes_number="2"))
    assert "access_token_minutes" in answer.context["form"].errors
    answer = root.post(f"{url}policy/0/", {"name": "", "all_clients": "on"})
    assert "name" in answer.context["form"].errors
    run.refresh_from_db()
    assert run.proposal == run.base
    assert root.get(f"{url}policy/7/").status_code == 404
    assert root.get(f"{url}policy/7/rule/new/").status_code == 404


def test_policies_and_rules_come_go_move_and_switch(world: World, root: Browser) -> None:
    run, url = draft(root)
    root.post(f"{url}policy/new/", {"name": "Second", "all_clients": "on"})
    root.post(f"{url}policy/1/rule/new/", rule_fields(name="Fresh"))
    root.post(url, {"verb": "up", "policy": "1"})
    root.post(url, {"verb": "switch", "policy": "0", "rule": "0"})
    root.post(url, {"verb": "remove", "policy": "1", "rule": "0"})
    root.post(url, {"verb": "remove", "policy": "9"})
    run.refresh_from_db()
    told = [
        (one["name"], [(rule["name"], rule.get("status")) for rule in one["rules"]])
        for one in run.proposal
    ]
    assert told == [("Second", [("Fresh", "INACTIVE")]), ("All", [])]
    body = body_of(root, url)
    assert "rule Read" in body and "The draft leaves out" in body
    assert Policy.objects.count() == 1


def test_a_run_is_followed_to_its_end_and_tells_who_loses(world: World, root: Browser) -> None:
    for _ in range(2):
        ask_for_token(world, "orders:read")
    run, url = draft(root)
    root.post(url, {"verb": "remove", "policy": "0", "rule": "0"})
    root.post(url, {"verb": "start", "days": "3"})
    live = f"{url}live/"
    assert 'data-busy="1"' in body_of(root, live) and "Waiting" in body_of(root, url)
    replay_drafts()
    body = body_of(root, live)
    assert 'data-busy="0"' in body and "Warehouse" in body and "denied from now on" in body
    assert f'href="{url}csv/"' in body
    run.refresh_from_db()
    assert (run.state, run.days, run.counts["LOG"]["loses"]) == ("DONE", 3, 2)
    again = root.post(url, {"verb": "copy"}).headers["Location"]
    assert again != url and "denied from now on" in body_of(root, again)
    root.post(url, {"verb": "discard"})
    assert root.get(url).status_code == 404


@pytest.mark.parametrize("days", ["0", "91", "", "x"])
def test_days_that_are_none_start_nothing(world: World, root: Browser, days: str) -> None:
    run, url = draft(root)
    assert "from 1 to 90" in root.post(url, {"verb": "start", "days": days}, follow=True).text
    run.refresh_from_db()
    assert run.state == "DRAFT"


def test_saved_it_is_in_force_by_the_services(world: World, root: Browser) -> None:
    _run, url = draft(root)
    root.post(f"{url}policy/0/rule/new/", rule_fields(name="Fresh"))
    answer = root.post(url, {"verb": "save"}, follow=True)
    assert "The draft is in force." in answer.text
    assert [rule.name for rule in Rule.objects.order_by("priority")] == ["Read", "Fresh"]
    assert LogEvent.objects.filter(event_type="policy.rule.add").count() == 2


def test_what_others_changed_meanwhile_is_not_undone(world: World, root: Browser) -> None:
    _run, url = draft(root)
    root.post(f"{url}policy/0/rule/0/", rule_fields())
    update_rule(actor=TESTER, server_id="orders", rule_id=world.rule.pk, access_token_minutes=9)
    answer = root.post(url, {"verb": "save"}, follow=True)
    assert "have changed since the draft was begun" in answer.text
    assert Rule.objects.get().access_token_minutes == 9


def test_row_288_findings_are_a_file_of_texts(
    world: World, root: Browser, auditor: Browser
) -> None:
    update_client(actor=TESTER, client=world.service, name="=cmd()")
    for _ in range(2):
        ask_for_token(world, "orders:read")
    _run, url = draft(root)
    root.post(url, {"verb": "remove", "policy": "0", "rule": "0"})
    root.post(url, {"verb": "start", "days": "3"})
    replay_drafts()
    answer = auditor.get(f"{url}csv/")
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 1 and rows[0]["Client"] == "'=cmd()"
    assert (rows[0]["Outcome"], rows[0]["Times"]) == ("denied from now on", "2")
    assert (rows[0]["Now: answer"], rows[0]["By the draft: answer"]) == ("granted", "denied")
    assert rows[0]["Now: scopes"] == "orders:read" and rows[0]["Now: rule"] == "Read"
    assert LogEvent.objects.latest("pk").event_type == "system.list.export"
    assert Browser().get(f"{url}csv/").status_code == 302
    assert root.get(f"{url.replace('orders', 'default')}csv/").status_code == 404


def test_row_297_a_replay_makes_no_token_and_is_in_the_log(world: World, root: Browser) -> None:
    ask_for_token(world, "orders:read")
    _run, url = draft(root)
    before = Grant.objects.count(), AccessToken.objects.count()
    root.post(url, {"verb": "remove", "policy": "0", "rule": "0"})
    root.post(url, {"verb": "start", "days": "3"})
    event = LogEvent.objects.filter(event_type="policy.simulation.run").get()
    replay_drafts()
    assert not SIGNED.search(body_of(root, url))
    assert (Grant.objects.count(), AccessToken.objects.count()) == before
    assert (event.actor_name, event.server_id) == ("root@example.com", "orders")


def test_row_290_who_may_look_sees_drafts_and_changes_none(
    world: World, root: Browser, auditor: Browser
) -> None:
    run, url = draft(root)
    root.post(f"{url}policy/0/rule/0/", rule_fields())
    body = body_of(auditor, url)
    assert "Throw away" not in body and "Remove" not in body
    assert run.pk in body_of(auditor, DRAFTS)
    for verb in ("save", "discard", "start", "copy", "remove"):
        assert auditor.post(url, {"verb": verb, "policy": "0"}).status_code == 403
    assert auditor.post(DRAFTS).status_code == 403
    assert auditor.post(f"{url}policy/0/rule/0/", rule_fields(name="X")).status_code == 403
    assert WhatIfRun.objects.count() == 1


def test_a_draft_of_another_server_is_none_of_this_one(world: World, root: Browser) -> None:
    run, _url = draft(root)
    other = f"/admin/servers/authorizationserver/default/whatif/{run.pk}/"
    assert root.get(other).status_code == 404


def test_the_statements_of_a_page_do_not_grow_with_the_findings(
    world: World, root: Browser
) -> None:
    ask_for_token(world, "orders:read")
    _run, url = draft(root)
    root.post(url, {"verb": "remove", "policy": "0", "rule": "0"})
    root.post(url, {"verb": "start", "days": "3"})
    replay_drafts()
    with CaptureQueriesContext(
        connection,
    ) as few:
        body_of(root, f"{url}live/")
    assert len(few) < 30


def assignment(world: World, verb: str = "unassign", **fields: str) -> dict[str, str]:
    given = {"verb": verb, "client": world.web.client_id, "group": world.group.name}
    return {**given, **fields}


def test_a_scope_and_an_assignment_are_drafted_replayed_and_saved(
    world: World, root: Browser
) -> None:
    ask_for_token(world, "orders:read")
    run, url = draft(root)
    scope = {"verb": "remove_scope", "scope": world.scope.pk}
    assert root.post(f"{url}add/scope/", scope).headers["Location"] == url
    assert root.post(f"{url}add/assignment/", assignment(world)).headers["Location"] == url
    body = body_of(root, url)
    assert "Remove the scope orders:read" in body
    assert "End the assignment of Engineering to Shop" in body and "denied from now on" in body
    assert world.server.scopes.filter(name="orders:read").exists()  # nothing is saved
    root.post(url, {"verb": "start", "days": "3"})
    replay_drafts()
    run.refresh_from_db()
    assert (run.state, run.counts["LOG"]["loses"]) == ("DONE", 1)
    assert "Remove the scope orders:read" in body_of(root, url)
    again = root.post(url, {"verb": "copy"}).headers["Location"]
    shown = root.post(again, {"verb": "save"})
    assert "JWT that a client got for itself dies" in shown.text
    answer = root.post(again, answer_of(shown), follow=True)
    assert "The draft is in force." in answer.text
    assert not world.server.scopes.filter(name="orders:read").exists()
    assert not world.web.group_assignments.exists()


def test_an_edit_is_left_out_again_and_mistakes_are_said_at_the_form(
    world: World, root: Browser
) -> None:
    run, url = draft(root)
    for form, fields, field in (
        ("scope", {"verb": "add_scope", "name": "orders:read"}, "name"),
        ("scope", {"verb": "remove_scope", "scope": ""}, "scope"),
        ("assignment", assignment(world, client="nobody's"), "client"),
        ("assignment", assignment(world, group="No such"), "group"),
        ("assignment", assignment(world, group=""), "user"),
        ("assignment", assignment(world, verb="assign"), "group"),
    ):
        answer = root.post(f"{url}add/{form}/", fields)
        assert list(answer.context["form"].errors) == [field], fields
    root.post(f"{url}add/scope/", {"verb": "add_scope", "name": "fresh", "is_default": "on"})
    assert "Add the scope fresh, granted when none is asked for" in body_of(root, url)
    root.post(url, {"verb": "leave_out", "edit": "0"})
    run.refresh_from_db()
    assert run.edits == [] and not run.is_changed
    assert root.post(url, {"verb": "leave_out", "edit": "0"}).status_code == 404
    assert root.get(f"{url}add/policy/").status_code == 404


def test_row_289_owners_of_a_server_change_no_clients_assignments_by_a_draft(
    world: World, root: Browser
) -> None:
    owner = make_user(is_staff=True)
    world.server.owners.set([make_group(owner)])
    browser = signed_in(owner)
    _run, url = draft(browser)
    assert browser.post(f"{url}add/assignment/", assignment(world)).status_code == 403
    root.post(f"{url}add/assignment/", assignment(world))
    assert browser.post(url, {"verb": "save"}).status_code == 403
    assert world.web.group_assignments.exists()


def test_a_scope_that_is_about_to_go_is_replayed_on_everything(world: World, root: Browser) -> None:
    """The page before saving leads to a draft of the change that it shows."""
    ask_for_token(world, "orders:read")
    page = root.get(f"/admin/servers/scope/{world.scope.pk}/delete/").content.decode()
    [packed] = re.findall(r'name="proposal" value="([^"]*)"', page)
    url = root.post(DRAFTS, {"proposal": packed}).headers["Location"]
    body = body_of(root, url)
    assert "Remove the scope orders:read" in body and "denied from now on" in body
