"""API tokens in the console, and how they leave (R24, rows 260, 261 and 283)."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client as Browser

from apps.directory.models import User
from apps.management.api_tokens.models import ApiToken
from apps.management.api_tokens.services import create_api_token
from apps.management.idempotency import IdempotentCall
from apps.management.sweeps import TOKEN_MARGIN
from apps.management.tasks import sweep_keys
from apps.systemlog.models import LogEvent, PeriodicJob
from apps.tokens import clock
from tests.factories import TESTER, make_superuser, make_user
from tests.logbook import everything
from tests.management.okta.caller import Program

LIST = "/admin/management/apitoken/"
ADD = f"{LIST}add/"


def signed_in(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


def make_token(owner: User, **fields: Any) -> ApiToken:
    return create_api_token(actor=TESTER, owner=owner, name="program", **fields)[0]


def test_a_token_is_shown_once_and_then_known_by_its_end() -> None:
    person = make_user(is_staff=True)
    browser = signed_in(person)
    page = browser.post(ADD, {"name": "Deployment", "owner": ""})
    token = ApiToken.objects.get()
    text = page.context["secret"]["value"]
    assert page.status_code == 200 and text in page.content.decode()
    assert "no-store" in page["Cache-Control"] and token.last_four == text[-4:]
    assert Program(f"SSWS {text}").get("authorizationServers").status_code == 200
    for url in (LIST, f"{LIST}{token.pk}/change/", f"{LIST}{token.pk}/history/"):
        shown = browser.get(url)
        assert shown.status_code == 200 and text not in shown.content.decode(), url
    assert text not in everything() and token.digest not in everything()


def test_the_command_prints_a_token_that_works_until_its_end_and_whose_use_is_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    person, said = make_superuser(), StringIO()
    call_command("createapitoken", owner=person.login, name="first", days=3, stdout=said)
    token, text = ApiToken.objects.get(), said.getvalue().strip()
    assert (token.owner, token.name, token.last_used_at) == (person, "first", None)
    program = Program(f"SSWS {text}")
    assert program.get("users/me").json()["id"] == person.pk
    token.refresh_from_db()
    assert token.last_used_at is not None
    assert text not in everything() + repr(vars(token))
    end = clock.now() + timedelta(days=3)
    monkeypatch.setattr(clock, "now", lambda: end)
    assert program.get("users/me").status_code == 401


def test_the_command_makes_none_for_who_is_no_administrator() -> None:
    for login in ("nobody@example.com", make_user().login):
        with pytest.raises(CommandError):
            call_command("createapitoken", owner=login, name="first", stdout=StringIO())
    assert not ApiToken.objects.exists()


def test_the_list_tells_owner_last_use_and_expiry() -> None:
    person = make_user(is_staff=True)
    token = make_token(person, expires_at=clock.now() + timedelta(days=3))
    ApiToken.objects.update(last_used_at=clock.now())
    page = signed_in(person).get(LIST).content.decode()
    for column in ("Owner", "Last used", "Expires"):
        assert column in page
    assert person.login in page and token.name in page and "not yet" not in page


def test_row_260_a_person_sees_makes_and_revokes_only_their_own() -> None:
    person, other = make_user(is_staff=True), make_user(is_staff=True)
    mine, theirs = make_token(person), make_token(other)
    browser = signed_in(person)
    listed = browser.get(LIST).context["cl"].queryset
    assert set(listed) == {mine}
    for path in (f"{LIST}{theirs.pk}/change/", f"{LIST}{theirs.pk}/delete/"):
        assert browser.get(path).status_code in {302, 404}
        browser.post(path, {"post": "yes"})
    assert ApiToken.objects.filter(pk=theirs.pk).exists()
    browser.post(ADD, {"name": "Sly", "owner": make_superuser().pk})
    assert ApiToken.objects.get(name="Sly").owner == person
    assert browser.post(f"{LIST}{mine.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not ApiToken.objects.filter(pk=mine.pk).exists()


def test_a_superuser_sees_all_and_makes_one_for_an_administrator() -> None:
    root, person = make_superuser(), make_user(is_staff=True)
    theirs = make_token(person)
    browser = signed_in(root)
    assert theirs in browser.get(LIST).context["cl"].queryset
    browser.post(ADD, {"name": "For them", "owner": person.pk})
    assert ApiToken.objects.get(name="For them").owner == person
    refused = browser.post(ADD, {"name": "For nobody", "owner": make_user().pk})
    assert refused.status_code == 200 and "administrator" in refused.content.decode()
    assert not ApiToken.objects.filter(name="For nobody").exists()


def test_row_261_revoking_ends_it_with_the_next_call_and_is_logged() -> None:
    person = make_user(is_staff=True)
    token, text = create_api_token(actor=TESTER, owner=person, name="program")
    program = Program(f"SSWS {text}")
    assert program.get("authorizationServers").status_code == 200
    signed_in(person).post(f"{LIST}{token.pk}/delete/", {"post": "yes"})
    assert program.get("authorizationServers").status_code == 401
    event = LogEvent.objects.get(event_type="system.api_token.revoke")
    assert event.body["target"][0]["id"] == token.pk


def test_a_token_is_never_changed_and_a_date_in_the_past_is_refused() -> None:
    person = make_user(is_staff=True)
    token = make_token(person)
    browser = signed_in(person)
    browser.post(f"{LIST}{token.pk}/change/", {"name": "Other"})
    token.refresh_from_db()
    assert token.name == "program"
    page = browser.post(ADD, {"name": "Old", "expires_at": "2020-01-01T00:00"})
    assert page.status_code == 200 and not ApiToken.objects.filter(name="Old").exists()


@pytest.mark.parametrize("path", [LIST, ADD])
def test_nobody_else_comes_in(path: str) -> None:
    assert signed_in(make_user()).get(path).status_code == 302
    assert Browser().get(path).status_code == 302


def test_answers_of_calls_and_expired_tokens_leave_and_others_stay() -> None:
    now, person = clock.now(), make_user(is_staff=True)
    kept = {make_token(person).pk, make_token(person, expires_at=now + timedelta(days=1)).pk}
    lately, long_ago = (make_token(person, expires_at=now + timedelta(days=1)) for _ in range(2))
    ages = ((lately, timedelta(days=1)), (long_ago, TOKEN_MARGIN + timedelta(hours=1)))
    for token, age in ages:
        ApiToken.objects.filter(pk=token.pk).update(expires_at=now - age)
    calls = {"new": timedelta(0), "late": timedelta(minutes=30), "old": 2 * TOKEN_MARGIN}
    for name, age in calls.items():
        IdempotentCall.objects.create(digest=name, body_digest="x", expires_at=now - age)
    sweep_keys()
    assert set(ApiToken.objects.values_list("pk", flat=True)) == kept | {lately.pk}
    assert set(IdempotentCall.objects.values_list("pk", flat=True)) == {"new", "late"}
    assert PeriodicJob.objects.get(name="sweep-api").rows_done == 2
