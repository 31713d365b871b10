"""Drafts of a client's assignments: replayed at every server that the client asked (R9)."""

import csv
import io

from django.test import Client as Browser

from apps.clients.models import GroupAssignment
from apps.clients.services import assign_user
from apps.oauth.tasks import replay_drafts
from apps.policies.models import WhatIfRun
from apps.systemlog.models import LogEvent
from tests.admin.conftest import World, signed_in
from tests.admin.pressing import answer_of, asks
from tests.admin.test_drafting import hidden
from tests.factories import TESTER, make_client, make_group, make_policy, make_rule, make_server
from tests.factories import make_user as somebody
from tests.oauth import flow

APP = "/admin/clients/client"


def asked_at_two_servers() -> flow.World:
    """Grants of one person, who is assigned through a group, at two servers."""
    world = flow.make_world(user=somebody())
    other = make_server("elsewhere")
    make_rule(make_policy(other), grants=["authorization_code"], scopes=["*"])
    for server in (world.server, other):
        at = flow.World(server, world.client, world.secret, world.user)
        browser = flow.Browser()
        flow.sign_in(browser, at.user)
        answer = flow.authorize(browser, at, scope="openid")
        assert not answer.error and flow.exchange(at, answer.code).status_code == 200
    return world


def test_ending_an_assignment_is_replayed_at_all_servers_before_it_is_saved(root: Browser) -> None:
    world = asked_at_two_servers()
    url = f"{APP}/{world.client.pk}/assignments/"
    shown = root.post(url, {"remove_user": world.user.pk})
    assert asks(shown)
    packed = hidden(shown.content.decode(), "proposal")
    drafts = f"{APP}/{world.client.pk}/whatif/"
    page = root.post(drafts, {"proposal": packed}, follow=True)
    run = WhatIfRun.objects.get()
    assert f"End the assignment of {world.user.login} to {world.client.name}" in page.text
    assert "denied from now on" in page.text, "of the newest requests, at once"
    at = f"{drafts}{run.pk}/"
    root.post(at, {"verb": "start", "days": "3"})
    assert "Waiting" in root.get(f"{at}live/").text
    replay_drafts()
    run.refresh_from_db()
    assert (run.state, run.last_error) == ("DONE", "")
    assert (run.counts["LOG"]["loses"], run.counts["GRANTS"]["loses"]) == (2, 2)
    assert run.counts["GRANTS"]["ending"] == 2, "one at each server"
    assert LogEvent.objects.get(event_type="policy.simulation.run").client_id == world.client.pk
    lines = list(csv.reader(io.StringIO(b"".join(root.get(f"{at}csv/")).decode())))
    assert len(lines) == 1 + 4
    assert run.pk in root.get(drafts).text and "Drafts" in root.get(url).text
    again = root.post(at, {"verb": "copy"}).headers["Location"]
    saved = root.post(again, {"verb": "save"})
    done = root.post(again, answer_of(saved), follow=True)
    assert "The draft is in force." in done.text
    assert not world.client.user_assignments.exists()


def test_an_assignment_is_drafted_by_hand_and_only_of_this_client(root: Browser) -> None:
    world = asked_at_two_servers()
    at = root.post(f"{APP}/{world.client.pk}/whatif/").headers["Location"]
    assert "Change a scope" not in root.get(at).text
    form = {"verb": "unassign", "client": world.client.client_id, "user": world.user.login}
    other = make_client()
    assign_user(actor=TESTER, client=other, user=world.user)
    refused = root.post(f"{at}add/assignment/", form | {"client": other.client_id})
    assert list(refused.context["form"].errors) == ["client"]
    assert root.get(f"{at}add/assignment/").context["form"]["client"].value()
    assert root.get(f"{at}add/scope/").status_code == 404
    assert root.post(f"{at}add/assignment/", form).headers["Location"] == at
    assert "denied from now on" in root.get(at).text
    run = WhatIfRun.objects.get()
    elsewhere = at.replace(world.client.pk, other.pk)
    for wrong in (elsewhere, f"/admin/servers/authorizationserver/{world.client.pk}/whatif/{run}/"):
        assert root.get(wrong).status_code == 404
    policy = f"/admin/servers/authorizationserver/{world.client.pk}/whatif/{run}/policy/new/"
    assert root.get(policy).status_code == 404
    root.post(at, {"verb": "discard"})
    assert not WhatIfRun.objects.exists()


def test_row_289_who_owns_the_client_drafts_and_others_look(world: World, auditor: Browser) -> None:
    owner, stranger = somebody(is_staff=True), somebody(is_staff=True)
    world.web.owners.set([make_group(owner)])
    world.server.owners.set([make_group(stranger)])
    drafts = f"{APP}/{world.web.pk}/whatif/"
    group = GroupAssignment.objects.get(client=world.web).group
    for browser in (auditor, signed_in(stranger)):
        assert browser.post(drafts).status_code == 403
        assert "Draft a change" not in browser.get(drafts).text
    at = signed_in(owner).post(drafts).headers["Location"]
    form = {"verb": "unassign", "client": world.web.client_id, "group": group.name}
    assert signed_in(owner).post(f"{at}add/assignment/", form).headers["Location"] == at
    for browser in (auditor, signed_in(stranger)):
        assert browser.get(at).status_code == 200
        assert browser.post(at, {"verb": "start", "days": "1"}).status_code == 403
    assert signed_in(somebody()).get(at).status_code == 302, "to sign in"
    assert signed_in(owner).post(at, {"verb": "start", "days": "1"}).status_code == 302
    assert WhatIfRun.objects.get().state == "OPEN"
