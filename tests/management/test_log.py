"""R24, R25: every configuration call is an event; its change is another, by the same actor."""

from datetime import timedelta
from unittest import mock

import pytest
from django.db import OperationalError

from apps.oauth.denials import Budget
from apps.systemlog.models import LogEvent
from apps.tokens.django_store import DjangoStore
from apps.tokens.models import AccessToken
from apps.tokens.store import StorageError
from tests.logbook import everything
from tests.management.caller import Caller, calls, enrol


def test_r24_a_call_is_recorded_with_client_token_scope_method_path_and_status() -> None:
    caller = enrol(".:config/clients", ".:config/tokenPolicies")
    caller.get("tokenPolicies")
    (call,) = calls()
    assert (call["outcome"], call["reason"]) == ("SUCCESS", "")
    assert (call["client"], call["clientId"]) == (caller.client.pk, caller.client.client_id)
    assert (call["method"], call["path"], call["status"]) == ("GET", "config/tokenPolicies", 200)
    assert call["scope"] == ".:config/tokenPolicies"
    assert call["tokenScopes"] == ".:config/clients .:config/tokenPolicies"


def test_r24_the_event_names_the_token_as_its_grant_did_and_never_itself() -> None:
    caller = enrol(".:**")
    caller.get("clients")
    targets = [
        {t["id"] for t in event.body["target"] if t["type"] == "access_token"}
        for event in LogEvent.objects.filter(client_id=caller.client.pk).order_by("-pk")[:2]
    ]
    assert targets[0] == targets[1] != set()
    assert caller.token not in everything()


def test_r24_a_refusal_is_recorded_with_its_reason_and_what_would_do() -> None:
    caller = enrol(".:config/clients")
    refused = caller.delete(f"clients/{caller.client.client_id}")
    (call,) = calls()
    assert (call["outcome"], call["reason"]) == ("FAILURE", "insufficient_scope")
    assert call["requiredScope"] == f"*:config/clients/{caller.client.client_id}"
    assert (call["status"], "scope" in call) == (403, False)
    reference = LogEvent.objects.get(event_type="management.request").reference
    assert refused["X-Request-Reference"] == reference


def test_r24_what_was_wrong_with_a_body_is_the_reason(admin: Caller) -> None:
    admin.post("tokenPolicies", {"title": "x", "accessTokenLifetime": 1})
    assert calls()[-1]["reason"] == "accessTokenLifetime must be between 60 and 3600"


def test_r24_a_change_is_recorded_field_by_field_with_the_client_as_its_actor(
    admin: Caller,
) -> None:
    ident = admin.post("tokenPolicies", {"title": "New", "allowedScopes": ["openid"]}).json()
    admin.put(f"tokenPolicies/{ident}", {"title": "Newer", "allowedScopes": ["openid"]})
    event = LogEvent.objects.get(event_type="token_policy.lifecycle.update")
    assert (event.actor_id, event.actor_name) == (admin.client.pk, admin.client.client_id)
    (target,) = event.body["target"]
    assert target["changeDetails"] == {"from": {"title": "New"}, "to": {"title": "Newer"}}
    assert LogEvent.objects.filter(reference=event.reference).count() == 2


def test_r22_r24_the_log_alone_tells_why_a_token_is_invalid() -> None:
    caller = enrol(".:**")
    AccessToken.objects.update(expires_at=AccessToken.objects.get().issued_at - timedelta(hours=1))
    caller.get("clients")
    (call,) = calls()
    assert (call["reason"], call["client"]) == ("invalid_token", caller.client.pk)
    assert call["tokenFault"] == "expired"


def test_strangers_cant_fill_the_log(admin: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.management.identity_cloud.calls.stranger_budget", Budget(2))
    caller = enrol(".:**")
    caller.login("token/revoke", {"token": caller.token})
    for _ in range(5):
        caller.get("clients")
        admin.get("clients", HTTP_AUTHORIZATION="Bearer nonsense")
    assert len(calls()) == 2


@pytest.mark.fault
@pytest.mark.parametrize("error", [StorageError, OperationalError])
def test_storage_that_fails_is_a_503_and_never_a_guess(
    admin: Caller, error: type[Exception]
) -> None:
    with mock.patch.object(DjangoStore, "read", side_effect=error):
        answer = admin.get("clients")
    assert (answer.status_code, answer.json()) == (503, {"errors": "Service Unavailable"})


@pytest.mark.fault
def test_r24_a_call_that_cant_be_recorded_isnt_answered(admin: Caller) -> None:
    with mock.patch("apps.management.identity_cloud.calls.record", side_effect=OperationalError):
        assert admin.get("clients").status_code == 503


@pytest.mark.fault
def test_what_nobody_foresaw_is_json_and_tells_nothing(admin: Caller) -> None:
    with mock.patch(
        "apps.management.views.clients.client_entry", side_effect=RuntimeError("password")
    ):
        answer = admin.get("clients")
    assert (answer.status_code, answer.json()) == (500, {"errors": "Internal Server Error"})
