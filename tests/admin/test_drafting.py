"""Ways into a draft: the whole replay before saving, and the change that a denial asks for."""

import html
import re

from django.test import Client as Browser

from apps.policies.models import WhatIfRun
from tests.admin.conftest import World, denial
from tests.admin.pressing import asks, form_of
from tests.factories import make_scope, make_server
from tests.oauth.grants_fixture import client_credentials, make_world, sign_in

FIELD = '<input type="hidden" name="{}" value="([^"]*)"'


def hidden(body: str, name: str) -> str:
    found = re.search(FIELD.format(name), body)
    assert found is not None, body
    return html.unescape(found[1])


def test_what_is_asked_about_is_replayed_as_a_draft_and_nothing_is_saved(root: Browser) -> None:
    scene = make_world(token_format="opaque")
    sign_in(scene)
    client_credentials(scene)
    server, rule = scene.server, scene.rule
    url = f"/admin/policies/rule/{rule.pk}/change/"
    shorter = {"access_token_minutes_number": "30", "access_token_minutes_unit": "1"}
    shown = root.post(url, form_of(root, url) | shorter | {"name": "Few"})
    assert asks(shown)
    packed = hidden(shown.content.decode(), "proposal")
    drafts = f"/admin/servers/authorizationserver/{server.pk}/whatif/"
    page = root.post(drafts, {"proposal": packed}, follow=True)
    run = WhatIfRun.objects.get()
    changed = [one for policy in run.proposal for one in policy["rules"] if one["name"] == "Few"]
    assert [one["id"] for one in changed] == [rule.pk] and run.base != run.proposal
    assert "Few" in page.content.decode()
    rule.refresh_from_db()
    assert rule.name != "Few"
    other = make_server("other")
    for place, value in ((other.pk, packed), (server.pk, packed[:-1]), (server.pk, "x")):
        at = f"/admin/servers/authorizationserver/{place}/whatif/"
        assert root.post(at, {"proposal": value}).status_code == 404
    assert WhatIfRun.objects.count() == 1


def test_a_denial_leads_to_the_draft_of_what_it_lacks(
    world: World, root: Browser, auditor: Browser
) -> None:
    make_scope(world.server, "orders:write")
    event = denial(world, "orders:write")
    at = f"/admin/systemlog/logevent/{event.pk}/change/"
    body = root.get(at).content.decode()
    assert "Draft the change and see what else it would allow" in body
    assert "Draft the change" not in auditor.get(at).content.decode()
    drafts = f"/admin/servers/authorizationserver/{world.server.pk}/whatif/"
    fields = {"event": hidden(body, "event")}
    assert auditor.post(drafts, fields).status_code == 403
    page = root.post(drafts, fields, follow=True).content.decode()
    run = WhatIfRun.objects.get()
    [rule] = run.proposal[0]["rules"]
    scopes = next(one for one in rule["conditions"] if one["type"] == "scopes")
    assert sorted(scopes["include"]) == ["orders:read", "orders:write"]
    assert "granted from now on" in page
    world.rule.refresh_from_db()
    assert rule["conditions"] != world.rule.conditions


def test_an_event_of_another_server_or_without_a_remedy_makes_no_draft(
    world: World, root: Browser
) -> None:
    make_server("other")
    event = denial(world, "nonsense")
    for place, pk in (("orders", event.pk), ("other", event.pk), ("orders", "9" * 30)):
        at = f"/admin/servers/authorizationserver/{place}/whatif/"
        assert root.post(at, {"event": pk}).status_code == 404
    assert WhatIfRun.objects.count() == 0
