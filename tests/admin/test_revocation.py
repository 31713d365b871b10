"""Tokens → Revoke tokens: any combination, what would end first, then a deliberate yes (R18)."""

import html
import re
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from apps.servers.seeds import ORGANIZATION_SERVER_ID
from apps.servers.services import ensure_installation
from apps.systemlog.models import LogEvent, RevocationJob
from apps.tokens.models import Grant, TokenCutoff
from tests.factories import make_client, make_policy, make_scope, make_server, make_token_policy
from tests.logbook import mark
from tests.oauth.grants_fixture import (
    Tokens,
    World,
    beside,
    client_credentials,
    make_world,
    sign_in,
)
from tests.oauth.watching import watch
from tests.tokens.test_cascade import drain

pytestmark = pytest.mark.django_db
PAGE = "/admin/tokens/grant/revoke/"
KINDS = ("user", "client", "server", "scope", "policy", "rule")


@pytest.fixture
def scene() -> World:
    """A user with tokens of an opaque server."""
    return make_world(token_format="opaque")


def shown(browser: Browser, **chosen: str) -> str:
    """The page, as text."""
    response = browser.get(PAGE, chosen)
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def answer_of(body: str) -> dict[str, str]:
    """What the form of the page posts, box ticked."""
    form = body.split('class="deliberate"')[1].split("</form>")[0]
    hidden = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)
    tick = re.search(r'name="confirmed" value="([^"]*)"', form)
    return dict(hidden) | {"confirmed": tick[1] if tick else ""}


def press(browser: Browser, body: str, **chosen: str) -> Any:
    """Tick the box and press the button."""
    url = f"{PAGE}?{'&'.join(f'{name}={value}' for name, value in chosen.items())}"
    return browser.post(url, answer_of(body), follow=True)


@pytest.mark.parametrize("kind", [*KINDS, "before"])
def test_r18_each_thing_alone_is_shown_then_ended(kind: str, scene: World, root: Browser) -> None:
    other, tokens = sign_in(beside(scene)), sign_in(scene)
    before = f"{timezone.now():%Y-%m-%dT%H:%M}"
    Grant.objects.update(created=timezone.now().replace(year=2020))
    chosen = {kind: before if kind == "before" else getattr(scene, kind).pk}

    body = shown(root, **chosen)

    assert "Would end: all tokens" in body and scene.user.login in body
    assert alive(scene, tokens, other) == 4  # a GET changes nothing
    response = press(root, body, **chosen)
    assert b"They are dead" in response.content
    assert alive(scene, tokens) == 0
    assert alive(scene, other) == (2 if kind in ("user", "client") else 0)


def alive(scene: World, *answers: Tokens) -> int:
    watcher = watch(scene)
    return sum(watcher.is_active(text) for one in answers for text in (one.access,)) * 2


def test_a_combination_ends_what_all_of_it_holds_of(scene: World, root: Browser) -> None:
    other, own, tokens = sign_in(beside(scene)), client_credentials(scene), sign_in(scene)
    chosen = {name: getattr(scene, name).pk for name in KINDS}
    body = shown(root, **chosen)
    words = f"of {scene.user.login} for {scene.client.name} on {scene.server.name} with orders:read"
    assert words in body and re.search(r"1</span><span class=\"card-label\">grants", body)

    response = press(root, body, **chosen)

    assert alive(scene, tokens) == 0 and alive(scene, other, own) == 4
    assert words in html.unescape(response.content.decode())
    row = TokenCutoff.objects.get()
    assert (row.user_id, row.client_id) == (scene.user.pk, scene.client.pk)
    assert {row.epoch, row.scope_epoch} == {scene.rule.epoch, scene.scope.epoch}


def test_the_result_leads_to_the_log_and_follows_the_job(scene: World, root: Browser) -> None:
    sign_in(scene)
    response = press(root, shown(root, client=scene.client.pk), client=scene.client.pk)
    job = RevocationJob.objects.get()
    event = LogEvent.objects.get(event_type="app.oauth2.as.token.revoke")
    url = reverse("admin:tokens_revoked", args=[job.pk])
    assert response.redirect_chain == [(url, 302)]
    body = response.content.decode()
    assert f"/admin/systemlog/logevent/{event.pk}/change/" in body and "Marking rows" in body
    drain()
    assert "2 marked of 2 looked at" in root.get(url).content.decode()
    jobs = root.get("/admin/systemlog/revocationjob/").content.decode()
    assert "Revoke tokens" in jobs and f"for {scene.client.name}" in jobs
    assert root.get(reverse("admin:tokens_revoked", args=["rvjNobody"])).status_code == 404


def test_nothing_happens_without_the_tick(scene: World, root: Browser) -> None:
    tokens = sign_in(scene)
    answer = answer_of(shown(root, client=scene.client.pk))
    del answer["confirmed"]
    response = root.post(f"{PAGE}?client={scene.client.pk}", answer, follow=True)
    assert b"Nothing was revoked" in response.content and b"Would end" in response.content
    assert alive(scene, tokens) == 2 and not TokenCutoff.objects.exists()


def test_what_was_shown_is_what_ends_whatever_the_names_have_become(
    scene: World, root: Browser
) -> None:
    """Ids are posted, not the names that a person typed."""
    tokens, answer = sign_in(scene), answer_of(shown(root, user=scene.user.login))
    type(scene.user).objects.filter(pk=scene.user.pk).update(login="renamed@example.com")
    root.post(PAGE, answer)
    assert alive(scene, tokens) == 0


def test_an_auditor_looks_and_revokes_nothing(
    scene: World, root: Browser, auditor: Browser
) -> None:
    tokens = sign_in(scene)
    answer = answer_of(shown(root, client=scene.client.pk))
    body = shown(auditor, client=scene.client.pk)
    assert "Would end" in body and "deliberate" not in body and "You may look" in body
    before = mark()
    assert auditor.post(PAGE, answer).status_code == 403
    assert mark() == before and alive(scene, tokens) == 2


def test_people_without_the_console_see_nothing(scene: World) -> None:
    browser = Browser()
    browser.force_login(scene.user)
    for url in (PAGE, reverse("admin:tokens_revoked", args=["rvj"])):
        assert browser.get(url).status_code in (302, 403)


def test_names_are_found_and_wrong_ones_get_a_hint(scene: World, root: Browser) -> None:
    twin = make_client("web", name=scene.client.name)
    assert "Several clients have this name" in shown(root, client=scene.client.name)
    assert "Would end" in shown(root, client=twin.client_id)
    assert "Would end" in shown(root, user=f" {scene.user.login} ")
    body = shown(root, user=scene.user.login[:5])
    assert "There is no such user. Do you mean" in body and scene.user.login in body
    assert "There is no such client." in shown(root, client="nobody")
    assert "Must not be in the future" in shown(root, before="2999-01-01T00:00")
    assert "Enter a valid date" in shown(root, before="yesterday")
    assert "Select a valid choice" in shown(root, server="nowhere")


def test_what_belongs_to_another_server_is_refused(scene: World, root: Browser) -> None:
    other = make_server()
    chosen = {"server": other.pk, "scope": scene.scope.pk}
    assert "Select a valid choice" in shown(root, **chosen)
    response = root.post(PAGE, chosen | {"confirmed": "1"}, follow=True)
    assert b"must belong to the server" in response.content
    assert root.post(PAGE, {"before": "x", "confirmed": "1"}).status_code == 404
    assert not TokenCutoff.objects.exists()


def test_nothing_chosen_complains_of_nothing_and_ends_nothing(root: Browser) -> None:
    body = shown(root)
    assert "errorlist" not in body and "Would end" not in body and "deliberate" not in body
    response = root.post(PAGE, {"confirmed": "1"}, follow=True)
    assert b"must name at least one thing" in response.content
    assert not TokenCutoff.objects.exists()


def test_r19_the_organisations_server_offers_its_token_policies(root: Browser) -> None:
    ensure_installation()
    policy = make_token_policy(title="Nightly export")
    assert "Nightly export (token policy)" in shown(root, server=ORGANIZATION_SERVER_ID)
    body = shown(root, policy=policy.pk)
    assert "under Nightly export" in body
    press(root, body, policy=policy.pk)
    assert TokenCutoff.objects.get().epoch == policy.epoch


def test_every_page_of_a_thing_leads_here_filled_in(scene: World, root: Browser) -> None:
    scope, policy = make_scope(scene.server, "a:b"), make_policy(scene.server)
    tab = f"/admin/servers/authorizationserver/{scene.server.pk}/tokens/"
    places = {
        f"/admin/directory/user/{scene.user.pk}/change/": f"?user={scene.user.pk}",
        f"/admin/clients/client/{scene.client.pk}/change/": f"?client={scene.client.pk}",
        tab: f"?server={scene.server.pk}",
        f"/admin/servers/scope/{scope.pk}/change/": f"?scope={scope.pk}",
        f"/admin/policies/policy/{policy.pk}/change/": f"?policy={policy.pk}",
        f"/admin/policies/rule/{scene.rule.pk}/change/": f"?rule={scene.rule.pk}",
        f"/admin/tokens/grant/?user_id={scene.user.pk}": f"?user={scene.user.pk}",
        "/admin/tokens/accesstoken/": "",
    }
    for place, query in places.items():
        assert f'href="{PAGE}{query}' in root.get(place).content.decode(), place
        assert "Which tokens" in shown(root, **dict([query[1:].split("=")] if query else []))


def test_the_lists_say_so_before_the_job_has_run(scene: World, root: Browser) -> None:
    sign_in(scene)
    press(root, shown(root, rule=scene.rule.pk), rule=scene.rule.pk)
    sign_in(scene)
    for place in ("grant", "accesstoken"):
        body = root.get(f"/admin/tokens/{place}/").content.decode()
        assert body.count("Revoked by administrator") == 1 and body.count(">Live<") == 1
    grant = Grant.objects.earliest("created")
    assert b"revoked it with others" in root.get(f"/admin/tokens/grant/{grant.pk}/change/").content
