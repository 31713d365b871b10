"""Grants and access tokens: read, revoked through the service, never found by value."""

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone

from apps.tokens.administration import revoke_grant
from apps.tokens.models import Grant
from tests.admin.conftest import World
from tests.admin.pressing import answer_of
from tests.factories import TESTER
from tests.logbook import events, mark


@pytest.fixture
def grant(world: World) -> Grant:
    """A grant with a refresh token, as a row alone."""
    now = timezone.now()
    return Grant.objects.create(
        server_id=world.server.pk,
        client_id=world.web.pk,
        user_id=world.user.pk,
        policy_id=world.policy.pk,
        rule_id=world.rule.pk,
        scopes="openid orders:read",
        vector="[]",
        lifetimes="3600 0 604800",
        auth_time=now,
        created=now,
        refresh_digest="d" * 64,
        idle_expires_at=now + timedelta(days=7),
        sweep_after=now + timedelta(days=8),
    )


def test_a_grant_is_revoked_once_with_one_event(grant: Grant) -> None:
    before = mark()
    assert revoke_grant(actor=TESTER, grant_id=grant.pk) is True
    assert revoke_grant(actor=TESTER, grant_id=grant.pk) is False
    assert events(since=before) == ["app.oauth2.as.token.revoke"]


def test_a_grant_is_read_and_revoked_on_its_page(grant: Grant, root: Browser) -> None:
    at = f"/admin/tokens/grant/{grant.pk}"
    body = root.get(f"{at}/change/").content.decode()
    assert "ada@example.com" in body
    assert "d" * 64 not in body
    root.get(f"{at}/revoke/")
    assert Grant.objects.get(pk=grant.pk).revoked_at is None
    root.post(f"{at}/revoke/", answer_of(root.get(f"{at}/revoke/")))
    assert Grant.objects.get(pk=grant.pk).revoked_by.startswith("administrator")


def test_grants_are_revoked_from_the_list_after_a_question(grant: Grant, root: Browser) -> None:
    data = {"action": "revoke_grants", "_selected_action": [grant.pk]}
    asked = root.post("/admin/tokens/grant/", data)
    assert b"end at once" in asked.content and b"and revoke 1 token" in asked.content
    root.post("/admin/tokens/grant/", answer_of(asked))
    assert Grant.objects.get(pk=grant.pk).revoked_at is not None


def test_an_auditor_may_not_revoke(grant: Grant, auditor: Browser) -> None:
    url = f"/admin/tokens/grant/{grant.pk}/revoke/"
    assert auditor.post(url, {"confirmed": "1"}).status_code == 403
    data = {"action": "revoke_grants", "_selected_action": [grant.pk], "confirmed": "1"}
    auditor.post("/admin/tokens/grant/", data)
    assert Grant.objects.get(pk=grant.pk).revoked_at is None


def test_row_295_nothing_is_found_by_value(grant: Grant, root: Browser) -> None:
    response = root.get("/admin/tokens/grant/", {"q": "d" * 64})
    assert list(response.context["cl"].result_list) == []


def test_the_list_says_what_a_grant_has_ended_with(grant: Grant, root: Browser) -> None:
    assert b"Ended with" in root.get("/admin/tokens/grant/").content
