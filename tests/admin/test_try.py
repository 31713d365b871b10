"""The Try it tab: the endpoints' answer, its reasons, its tokens, and a trace of the try (297)."""

import html
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from apps.policies.services import update_rule
from apps.servers.services import deactivate_server, update_server
from apps.systemlog.models import LogEvent
from apps.tokens.models import AccessToken, Grant
from authzsite.domain.tokens import PREFIXES
from tests.admin.conftest import World, denial, signed_in
from tests.factories import TESTER, make_client, make_user

TRY = "/admin/servers/authorizationserver/orders/try/"
SIGNED = re.compile(r"eyJ[\w-]+\.[\w-]+\.")
HREF = re.compile(r'href="([^"]+)"')


def tried(browser: Browser, **asked: str) -> str:
    response = browser.get(f"{TRY}?{urlencode(asked)}")
    assert response.status_code == 200, response.content
    return response.content.decode()


def as_ada(browser: Browser, world: World, **asked: str) -> str:
    given = {
        "client": world.web.name,
        "user": world.user.login,
        "grant_type": "authorization_code",
        "scope": "openid orders:read",
    }
    return tried(browser, **{**given, **asked})


def ways(body: str) -> list[str]:
    """Where "what would make this succeed" leads."""
    _, _, rest = body.partition('id="fixes"')
    return [html.unescape(one) for one in HREF.findall(rest.partition("</section>")[0])]


def test_a_granted_try_shows_the_tokens_and_who_fixed_their_lives(
    world: World, root: Browser
) -> None:
    body = as_ada(root, world)
    assert "Granted openid and orders:read by rule Read of policy All." in body
    assert "Access token" in body and "ID token" in body
    assert "&quot;cid&quot;: &quot;" + world.web.client_id in body
    assert "&quot;typ&quot;: &quot;at+jwt&quot;" in body.lower()
    _, _, lives = body.partition('id="lifetimes"')
    assert f"/admin/policies/rule/{world.rule.pk}/change/" in lives.partition("</section>")[0]


def test_a_refusal_leads_to_the_setting_and_to_a_try_without_the_scope(
    world: World, root: Browser
) -> None:
    body = as_ada(root, world, scope="openid orders:read nowhere")
    found = ways(body)
    assert any(one.startswith("/admin/servers/scope/add/") for one in found)
    less = next(one for one in found if one.startswith(TRY))
    assert "Granted openid and orders:read" in root.get(less).content.decode()


def test_r6_an_unassigned_user_is_one_click_from_the_form_that_assigns(
    world: World, root: Browser
) -> None:
    bob = make_user(login="bob@example.com")
    body = as_ada(root, world, user="bob@example.com")
    form = f"/admin/clients/client/{world.web.pk}/assignments/?user={bob.pk}"
    assert form in ways(body)
    assert f'<option value="{bob.pk}" selected>' in root.get(form).content.decode()


def test_a_grant_type_that_the_client_lacks_leads_to_its_form(world: World, root: Browser) -> None:
    body = tried(
        root,
        client=world.service.client_id,
        grant_type="authorization_code",
        user="ada@example.com",
    )
    assert "The client may not use authorization_code." in body
    assert f"/admin/clients/client/{world.service.pk}/change/#id_grant_types" in ways(body)


def test_an_inactive_server_refuses_before_its_policies_do(world: World, root: Browser) -> None:
    deactivate_server(actor=TESTER, server_id="orders")
    body = as_ada(root, world)
    assert "The authorization server is inactive" in body
    assert "/admin/servers/authorizationserver/orders/change/" in ways(body)


def test_r8_at_another_time_another_answer(world: World, root: Browser) -> None:
    window = {"type": "validity", "valid_from": "2035-01-01T00:00:00+00:00"}
    update_rule(
        actor=TESTER,
        server_id="orders",
        rule_id=world.rule.pk,
        conditions=[*world.rule.conditions, window],
    )
    assert "No rule matches" in as_ada(root, world)
    assert "Granted openid" in as_ada(root, world, at="2035-01-01T00:00")


@pytest.mark.parametrize("scope", ["openid orders:read", "orders:write"])
def test_row_297_no_usable_token_on_the_page_and_the_try_in_the_log(
    world: World, root: Browser, scope: str
) -> None:
    before = Grant.objects.count(), AccessToken.objects.count()
    body = as_ada(root, world, scope=scope)
    assert not SIGNED.search(body)
    assert (Grant.objects.count(), AccessToken.objects.count()) == before
    event = LogEvent.objects.latest("pk")
    assert event.event_type == "policy.simulation"
    assert event.outcome == ("ALLOW" if scope.startswith("openid") else "DENY")
    assert event.actor_name == "root@example.com"
    assert (event.user_id, event.client_id, event.server_id) == (
        world.user.pk,
        world.web.pk,
        "orders",
    )
    assert event.body["debugData"]["requestedScopes"] == scope.replace(" ", ", ")


def test_row_297_an_opaque_token_is_not_shown_either(world: World, root: Browser) -> None:
    update_server(actor=TESTER, server_id="orders", access_token_format="opaque")
    body = as_ada(root, world)
    assert "opaque: this is what introspection knows" in body
    prefixes = "|".join(PREFIXES.values())
    assert not re.search(rf"\b({prefixes})[A-Za-z0-9_-]{{40,}}", body)


def test_nothing_is_tried_before_all_is_said(world: World, root: Browser) -> None:
    events = LogEvent.objects.count()
    assert "name one" in tried(root, client=world.web.name, grant_type="authorization_code")
    assert "Do you mean ada@example.com?" in as_ada(root, world, user="ada")
    assert "These are no scopes." in as_ada(root, world, scope='a"b')
    assert LogEvent.objects.count() == events


def test_people_and_clients_are_offered_by_the_beginning_and_never_all(
    world: World, root: Browser
) -> None:
    for number in range(12):
        make_user(login=f"ada{number}@example.com")
    found = root.get("/admin/typed/user/?q=ada").json()["found"]
    assert len(found) == 10
    assert root.get("/admin/typed/user/?q=").json()["found"] == []
    offered = root.get("/admin/typed/client/?q=Sho").json()["found"]
    assert offered == [{"value": world.web.client_id, "label": "Shop"}]
    assert "ada5@example.com" not in tried(root)


def test_who_may_not_see_people_is_offered_none(world: World) -> None:
    assert signed_in(make_user()).get("/admin/typed/user/?q=ada").status_code in (302, 403)


def test_the_event_of_a_refusal_leads_to_the_same_try(world: World, root: Browser) -> None:
    event = denial(world)
    page = root.get(f"/admin/systemlog/logevent/{event.pk}/change/").content.decode()
    again = next(html.unescape(one) for one in HREF.findall(page) if one.startswith(TRY))
    assert world.service.name in (body := root.get(again).content.decode())
    assert "Denied" in body


def test_a_client_a_user_and_a_rule_lead_here(world: World, root: Browser) -> None:
    places: dict[str, Any] = {
        f"/admin/clients/client/{world.web.pk}/change/": f"/admin/try/?client={world.web.pk}",
        f"/admin/directory/user/{world.user.pk}/change/": f"/admin/try/?user={world.user.pk}",
        f"/admin/policies/rule/{world.rule.pk}/change/": TRY,
    }
    for page, target in places.items():
        assert any(one.startswith(target) for one in HREF.findall(root.get(page).content.decode()))
    assert "Orders API" in root.get(f"/admin/try/?user={world.user.pk}").content.decode()
    gone_on = root.get(f"/admin/try/?user={world.user.pk}&server=orders")
    assert gone_on.headers["Location"] == f"{TRY}?user={world.user.pk}"


def test_two_clients_of_one_name_are_told_apart(world: World, root: Browser) -> None:
    make_client("web", name="Shop")
    assert "Several clients have this name" in as_ada(root, world)
    assert "Granted" in as_ada(root, world, client=world.web.pk)


def test_a_try_takes_as_many_statements_whatever_the_directory_holds(
    world: World, root: Browser
) -> None:
    as_ada(root, world)

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            as_ada(root, world)
        return len(captured)

    few = cost()
    for _ in range(5):
        make_user()
        make_client()
    assert cost() == few


def test_an_auditor_may_try_and_changes_nothing(world: World, auditor: Browser) -> None:
    assert "Granted openid and orders:read" in as_ada(auditor, world)


def test_client_credentials_need_no_user(world: World, root: Browser) -> None:
    body = tried(
        root, client=world.service.pk, grant_type="client_credentials", scope="orders:read"
    )
    assert "Granted orders:read" in body
    assert "a client that acts for itself asks again" in body


def test_narrow_servers_tell_what_was_dropped(world: World, root: Browser) -> None:
    update_server(actor=TESTER, server_id="orders", scope_mode="narrow")
    assert "not nowhere" in as_ada(root, world, scope="orders:read nowhere")
