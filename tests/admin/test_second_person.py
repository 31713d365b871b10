"""Four eyes: a change of a server that asks for a second person waits until somebody else approves
it, and is made once, by what it does then."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client as Browser
from django.utils import timezone

from apps.directory.models import User
from apps.policies.models import Rule
from apps.policies.services import revoke_rule_tokens, update_rule
from apps.servers.models import AuthorizationServer, Review
from apps.servers.services import update_server
from apps.servers.services.second_person import SecondPersonNeeded
from apps.systemlog.models import LogEvent
from tests.admin.conftest import signed_in
from tests.admin.pressing import answer_of
from tests.admin.test_before import change_rule
from tests.admin.test_roles import program_of
from tests.factories import TESTER, make_superuser
from tests.oauth.grants_fixture import Tokens, World, make_world, sign_in, userinfo

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> World:
    """A server that asks for a second person, and a user with opaque tokens of it."""
    world = make_world(token_format="opaque")
    update_server(actor=TESTER, server_id=world.server.pk, second_person=True)
    return world


@pytest.fixture
def second() -> Browser:
    """Another superuser."""
    return signed_in(make_superuser(login="second@example.com"))


def is_active(scene: World, tokens: Tokens) -> bool:
    return userinfo(scene, tokens.access).status_code == 200


def minutes(scene: World) -> int:
    return Rule.objects.get(pk=scene.rule.pk).access_token_minutes


def send(scene: World, root: Browser, **fields: str) -> tuple[Review, str]:
    """A shorter life, sent for review; the review and its address."""
    url, data = change_rule(scene, root, **fields)
    shown = root.post(url, data)
    assert "Send for review" in shown.content.decode()
    sent = root.post(url, answer_of(shown) | {"send_for_review": ["1"]})
    review = Review.objects.latest("created")
    assert sent.headers["Location"] == f"/admin/reviews/{review.pk}/"
    return review, f"/admin/reviews/{review.pk}/"


def test_a_change_waits_and_is_made_by_the_second_person(
    scene: World, root: Browser, second: Browser
) -> None:
    tokens = sign_in(scene)
    review, place = send(scene, root)
    assert minutes(scene) == 60 and is_active(scene, tokens)
    for tab in ("change", "keys", "policies"):
        body = second.get(f"/admin/servers/authorizationserver/{scene.server.pk}/{tab}/").content
        assert b"1 change of this server waits for a second person" in body
        assert f"/admin/reviews/?server={scene.server.pk}".encode() in body
    assert review.shown[:2] == [1, 1] and review.author_name == "Ada Number" or review.author_id

    page = second.get(place)
    assert "Approve and save and revoke 2 tokens" in page.content.decode()
    assert "<ins>30</ins>" in page.content.decode()
    done = second.post(place, answer_of(page))

    assert done.status_code == 302, done.content
    at = f"/admin/servers/authorizationserver/{scene.server.pk}/keys/"
    assert b"waits for a second person" not in second.get(at).content
    assert minutes(scene) == 30 and not is_active(scene, tokens)
    review.refresh_from_db()
    assert review.state == "APPROVED"
    event = LogEvent.objects.get(event_type="policy.rule.update")
    assert event.actor_name == "second@example.com"
    assert event.body["debugData"]["authorId"] == review.author_id


def test_nobody_approves_their_own_not_even_in_another_browser(
    scene: World, root: Browser, superuser: User
) -> None:
    review, place = send(scene, root)
    other = signed_in(superuser)
    page = other.get(place).content.decode()
    assert "Approve" not in page and "somebody else has to approve it" in page
    for browser in (root, other):
        answer = browser.post(place, {"verb": "approve", "confirmed": "1"}, follow=True)
        assert "is your own" in answer.content.decode()
    review.refresh_from_db()
    assert (review.state, minutes(scene)) == ("OPEN", 60)


def test_it_is_computed_anew_against_now(scene: World, root: Browser, second: Browser) -> None:
    _, place = send(scene, root)
    sign_in(scene)
    page = second.get(place)
    assert "revoke 2 tokens" in page.content.decode()
    assert "would have ended 0 grants" in page.content.decode()
    sign_in(scene)
    again = second.post(place, answer_of(page))
    assert "Before this is saved" in again.content.decode() and minutes(scene) == 60
    assert second.post(place, answer_of(again)).status_code == 302
    assert minutes(scene) == 30


def test_r24_a_save_that_needs_somebody_else_is_in_the_log_by_console_and_api(
    scene: World, root: Browser, superuser: User
) -> None:
    url, data = change_rule(scene, root)
    root.post(url, data)
    event = LogEvent.objects.latest("pk")
    assert (event.event_type, event.outcome) == ("oauth2.as.review.require", "FAILURE")
    assert (event.reason, event.server_id) == ("second_person_needed", scene.server.pk)
    assert event.actor_id == superuser.pk and minutes(scene) == 60
    program = program_of(superuser)
    path = f"authorizationServers/{scene.server.pk}/scopes"
    assert program.post(path, {"name": "x"}).status_code == 409
    event = LogEvent.objects.latest("pk")
    assert (event.event_type, event.outcome) == ("management.request", "FAILURE")
    assert (event.reason, event.actor_id) == ("second_person_needed", superuser.pk)


def test_it_is_approved_once(scene: World, root: Browser, second: Browser) -> None:
    _, place = send(scene, root)
    answer = answer_of(second.get(place))
    second.post(place, answer)
    events = LogEvent.objects.count()
    said = second.post(place, answer, follow=True).content.decode()
    assert "has been decided" in said
    assert LogEvent.objects.count() == events


def test_it_is_rejected_with_a_note(scene: World, root: Browser, second: Browser) -> None:
    review, place = send(scene, root)
    second.post(place, {"verb": "reject", "note": " "})
    review.refresh_from_db()
    assert review.state == "OPEN"
    second.post(place, {"verb": "reject", "note": "Too short for the warehouse"})
    review.refresh_from_db()
    assert (review.state, minutes(scene)) == ("REJECTED", 60)
    assert "Too short for the warehouse" in root.get("/admin/reviews/").content.decode()


def test_its_author_withdraws_it_and_nobody_else_does(
    scene: World, root: Browser, second: Browser
) -> None:
    review, place = send(scene, root)
    second.post(place, {"verb": "withdraw"})
    root.post(place, {"verb": "reject", "note": "mine"})
    review.refresh_from_db()
    assert review.state == "OPEN"
    root.post(place, {"verb": "withdraw"})
    review.refresh_from_db()
    assert review.state == "WITHDRAWN"


def test_after_fourteen_days_it_is_too_old(scene: World, root: Browser, second: Browser) -> None:
    review, place = send(scene, root)
    assert timedelta(days=13) < review.expires_at - timezone.now() < timedelta(days=15)
    Review.objects.update(expires_at=timezone.now())
    answer = second.post(place, {"verb": "approve", "confirmed": "1"}, follow=True)
    assert "is too old" in answer.content.decode()
    assert minutes(scene) == 60


def test_each_step_is_an_event(scene: World, root: Browser, second: Browser) -> None:
    for verb, browser in (("approve", second), ("reject", second), ("withdraw", root)):
        _, place = send(scene, root, name=f"To {verb}")
        data: dict[str, Any] = answer_of(browser.get(place)) if verb == "approve" else {}
        browser.post(place, data | {"verb": verb, "note": "no"})
        name = f"oauth2.as.review.{verb}"
        assert LogEvent.objects.filter(event_type=name, server_id=scene.server.pk).count() == 1
    assert LogEvent.objects.filter(event_type="oauth2.as.review.create").count() == 3


def test_switching_it_off_needs_the_second_person_too(
    scene: World, root: Browser, second: Browser
) -> None:
    with pytest.raises(SecondPersonNeeded):
        update_server(actor=TESTER, server_id=scene.server.pk, second_person=False)
    assert AuthorizationServer.objects.get(pk=scene.server.pk).second_person


def test_who_has_a_shell_may_switch_it_off_alone_and_the_log_tells(scene: World) -> None:
    out = StringIO()
    call_command("second_person", scene.server.pk, "--off", stdout=out)
    assert not AuthorizationServer.objects.get(pk=scene.server.pk).second_person
    event = LogEvent.objects.filter(event_type="oauth2.as.updated").latest("pk")
    assert event.body["debugData"]["secondPerson"] == "none: in an emergency"
    assert event.reference in out.getvalue()


def test_the_menu_says_how_many_wait_for_somebody(
    scene: World, root: Browser, second: Browser
) -> None:
    send(scene, root)
    alert = '<span class="menu-count is-alert">1</span>'
    assert alert in second.get("/admin/reviews/").content.decode()
    assert alert not in root.get("/admin/reviews/").content.decode()


def test_the_services_refuse_every_door(scene: World) -> None:
    with pytest.raises(SecondPersonNeeded):
        update_rule(
            actor=TESTER, server_id=scene.server.pk, rule_id=scene.rule.pk, access_token_minutes=30
        )
    assert minutes(scene) == 60


def test_ending_tokens_never_needs_anybody(scene: World) -> None:
    tokens = sign_in(scene)
    revoke_rule_tokens(actor=TESTER, server_id=scene.server.pk, rule_id=scene.rule.pk)
    assert not is_active(scene, tokens)


def test_an_auditor_sees_it_and_decides_nothing(
    scene: World, root: Browser, auditor: Browser
) -> None:
    review, place = send(scene, root)
    assert "<form" not in auditor.get(place).content.decode().split("<main")[1]
    assert auditor.post(place, {"verb": "approve", "confirmed": "1"}).status_code == 403
    assert auditor.post(place, {"verb": "reject", "note": "x"}).status_code == 403
    review.refresh_from_db()
    assert review.state == "OPEN"
