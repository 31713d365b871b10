"""Before a change that revokes is saved: the page that says what it does, then a deliberate yes."""

import html
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from apps.policies.models import Rule
from apps.policies.services import update_rule
from apps.systemlog.models import RevocationJob
from apps.tokens import clock
from apps.tokens.rowless import meant_by
from tests.admin.conftest import signed_in
from tests.admin.pressing import answer_of, form_of
from tests.factories import TESTER, make_superuser
from tests.logbook import mark
from tests.oauth.grants_fixture import World, beside, client_credentials, make_world, sign_in
from tests.oauth.watching import watch

pytestmark = pytest.mark.django_db
TITLE = "Before this is saved"


@pytest.fixture
def scene() -> World:
    """A user with tokens of an opaque server."""
    return make_world(token_format="opaque")


def test_r15_a_rule_that_would_end_tokens_is_shown_before_it_is_saved(
    scene: World, root: Browser
) -> None:
    tokens, url = sign_in(scene), f"/admin/policies/rule/{scene.rule.pk}/change/"
    data = form_of(root, url) | {"access_token_minutes_number": "30"}
    data["access_token_minutes_unit"] = "1"
    before = mark()

    shown = root.post(url, data)

    assert TITLE in shown.content.decode() and mark() == before
    assert Rule.objects.get(pk=scene.rule.pk).access_token_minutes == 60
    assert "Save and revoke 2 tokens" in shown.content.decode()
    assert watch(scene).is_active(tokens.access)
    saved = root.post(url, answer_of(shown))
    assert saved.status_code == 302
    assert Rule.objects.get(pk=scene.rule.pk).access_token_minutes == 30
    assert not watch(scene).is_active(tokens.access)


def change_rule(scene: World, root: Browser, **fields: str) -> tuple[str, dict[str, Any]]:
    """The address of the rule's form, and what makes its access tokens shorter."""
    url = f"/admin/policies/rule/{scene.rule.pk}/change/"
    shorter = {"access_token_minutes_number": "30", "access_token_minutes_unit": "1"}
    return url, form_of(root, url) | shorter | fields


def test_the_page_tells_the_change_who_loses_what_and_what_requests_would_get(
    scene: World, root: Browser
) -> None:
    sign_in(scene)
    client_credentials(scene)
    url, data = change_rule(scene, root, name="Shorter")
    body = html.unescape(root.post(url, data).content.decode())
    assert "You change 2 things." in body and "<del>60</del>" in body and "<ins>30</ins>" in body
    assert scene.user.login in body and scene.client.name in body and "Such as" in body
    assert "decision replayed" in body and "other lifetime" in body


def test_what_ends_nothing_that_lives_is_saved_straight_away(scene: World, root: Browser) -> None:
    url, data = change_rule(scene, root)
    assert root.post(url, data).status_code == 302
    assert Rule.objects.get(pk=scene.rule.pk).access_token_minutes == 30


def test_back_to_editing_keeps_what_was_typed(scene: World, root: Browser) -> None:
    sign_in(scene)
    url, data = change_rule(scene, root, name="Typed")
    answer = answer_of(root.post(url, data))
    before = mark()
    page = root.post(url, answer | {"back_to_editing": "1"})
    form = page.context["adminform"].form
    assert (form["name"].value(), form["access_token_minutes"].value()) == ("Typed", ["30", "1"])
    assert not form.errors and mark() == before
    assert "Before this is saved" in root.post(url, data).content.decode()


def test_without_the_tick_it_is_asked_again(scene: World, root: Browser) -> None:
    sign_in(scene)
    url, data = change_rule(scene, root)
    answer = answer_of(root.post(url, data))
    for confirmed in ([], ["1"], ["forged"]):
        again = root.post(url, answer | {"confirmed": confirmed})
        assert TITLE in again.content.decode()
    assert Rule.objects.get(pk=scene.rule.pk).access_token_minutes == 60


def test_more_tokens_than_were_shown_are_asked_about_again(scene: World, root: Browser) -> None:
    sign_in(scene)
    url, data = change_rule(scene, root)
    answer = answer_of(root.post(url, data))
    sign_in(scene)
    again = root.post(url, answer)
    assert "Save and revoke 4 tokens" in again.content.decode()
    assert "It has changed since you looked" in again.content.decode()
    assert root.post(url, answer_of(again)).status_code == 302


def test_an_object_that_somebody_else_changed_is_shown_again(scene: World, root: Browser) -> None:
    sign_in(scene)
    url, data = change_rule(scene, root)
    answer = answer_of(root.post(url, data))
    update_rule(
        actor=TESTER, server_id=scene.server.pk, rule_id=scene.rule.pk, name="Renamed meanwhile"
    )
    assert TITLE in root.post(url, answer).content.decode()
    assert Rule.objects.get(pk=scene.rule.pk).access_token_minutes == 60


def test_what_was_agreed_to_is_no_agreement_to_something_else(scene: World, root: Browser) -> None:
    sign_in(scene)
    url, data = change_rule(scene, root)
    answer = answer_of(root.post(url, data))
    answer["access_token_minutes_number"] = ["10"]
    assert TITLE in root.post(url, answer).content.decode()
    other = signed_in(make_superuser(login="other@example.com"))
    answer["access_token_minutes_number"] = ["30"]
    assert TITLE in other.post(url, answer).content.decode()
    assert Rule.objects.get(pk=scene.rule.pk).access_token_minutes == 60


def test_a_password_never_travels_in_a_hidden_field(scene: World, root: Browser) -> None:
    tokens = sign_in(scene)
    url = f"/admin/directory/user/{scene.user.pk}/password/"
    page = root.get(url).content.decode()
    assert "Set password and revoke 2 tokens" in page
    data = {"form": "password", "password": "a long enough one"}
    asked = root.post(url, data)
    assert "a long enough one" not in asked.content.decode()
    assert watch(scene).is_active(tokens.access)
    answer = answer_of(asked) | {"password": "a long enough one"}
    assert root.post(url, answer).status_code == 302
    assert not watch(scene).is_active(tokens.access)


def test_the_tick_on_the_form_of_a_password_is_enough(scene: World, root: Browser) -> None:
    tokens = sign_in(scene)
    url = f"/admin/directory/user/{scene.user.pk}/password/"
    answer = answer_of(root.get(url))
    answer |= {"form": ["password"], "password": ["a long enough one"]}
    assert root.post(url, answer).status_code == 302
    assert not watch(scene).is_active(tokens.access)


@pytest.mark.parametrize("what", ["rule", "policy", "scope", "client", "server"])
def test_r15_jwts_that_clients_got_for_themselves_are_shown_before_they_end(
    what: str, root: Browser
) -> None:
    """They have no rows; the log knows of each."""
    scene = make_world()
    token = client_credentials(scene).access
    both = ["authorization_code", "client_credentials"]
    other = client_credentials(beside(scene, grant_types=both)).access
    url = {
        "rule": f"/admin/policies/rule/{scene.rule.pk}/deactivate/",
        "policy": f"/admin/policies/policy/{scene.policy.pk}/deactivate/",
        "scope": f"/admin/servers/scope/{scene.scope.pk}/delete/",
        "client": f"/admin/clients/client/{scene.client.pk}/deactivate/",
        "server": f"/admin/servers/authorizationserver/{scene.server.pk}/deactivate/",
    }[what]
    number, watcher = 1 if what == "client" else 2, watch(scene)

    shown = root.post(url, {"post": "yes", "confirmed": "1"})

    body = shown.content.decode()
    assert TITLE in body and f"{number}</" in body
    assert ("JWT that a client got" if number == 1 else "JWTs that clients got") in body
    assert watcher.is_active(token) and watcher.is_active(other)
    assert root.post(url, answer_of(shown)).status_code == 302
    assert not watcher.is_active(token)


def test_a_job_that_does_not_say_whose_tokens_it_ends_means_none() -> None:
    kinds = ("as", "client", "policy", "rule", "scope", "cutoff", "assignment", "user", "key")
    jobs = [RevocationJob(kind=kind, scope={}, created=timezone.now()) for kind in kinds]
    assert meant_by(jobs) == []


def test_of_jwts_without_rows_only_those_that_live_are_shown(
    root: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = make_world()
    client_credentials(scene)
    update_rule(
        actor=TESTER,
        server_id=scene.server.pk,
        rule_id=scene.rule.pk,
        access_token_minutes=30,
    )
    url = f"/admin/policies/policy/{scene.policy.pk}/deactivate/"
    assert root.post(url, {"confirmed": "1"}).status_code == 302  # the rule has ended them
    scene = make_world()
    client_credentials(scene)
    later = timezone.now() + timedelta(hours=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    url = f"/admin/policies/policy/{scene.policy.pk}/deactivate/"
    assert root.post(url, {"confirmed": "1"}).status_code == 302  # their time is over
