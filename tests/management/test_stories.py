"""The stories of those who come from Identity Cloud, one test each (R3, R19-R23)."""

from datetime import timedelta

import pytest

from apps.clients.models import Client, TokenPolicy
from apps.systemlog.models import LogEvent
from apps.tokens.models import AccessToken
from tests.management.caller import Caller, enrol

FORBIDDEN = {"errors": "Forbidden"}
INVALID = 'Bearer realm="authzsite",error="invalid_token"'


def test_r22_a_token_requested_with_read_only_scope_reads_and_cant_create() -> None:
    caller = enrol("*:**").with_token(".:**")
    assert caller.get("tokenPolicies").status_code == 200
    refused = caller.post("tokenPolicies", {"title": "New", "allowedScopes": []})
    assert (refused.status_code, refused.json()) == (403, FORBIDDEN)
    assert 'error="insufficient_scope"' in refused["WWW-Authenticate"]
    assert 'scope="*:config/tokenPolicies"' in refused["WWW-Authenticate"]
    assert not TokenPolicy.objects.filter(title="New").exists()


def test_r3_a_token_requested_with_an_unknown_scope_is_issued_active_and_can_do_nothing() -> None:
    caller = enrol("*:**")
    answer = caller.ask("XXXXX")
    assert answer.status_code == 200
    members = answer.json()
    assert sorted(members) == ["access_token", "expires_in", "token_type"]
    caller.token = members["access_token"]
    told = caller.introspect()
    assert told["active"] is True and "scope" not in told and "scp" not in told
    assert told["client_id"] == told["sub"] == caller.client.client_id
    refused = caller.get("tokenPolicies")
    assert (refused.status_code, refused.json()) == (403, FORBIDDEN)
    assert 'scope=".:config/tokenPolicies"' in refused["WWW-Authenticate"]


def test_r3_what_was_dropped_is_logged_as_a_warning_with_the_reason() -> None:
    enrol(".:config/**").ask("XXXXX *:config/clients .:config/clients")
    event = LogEvent.objects.filter(event_type__endswith="grant.access_token").latest("pk")
    assert (event.severity, event.outcome) == ("WARN", "SUCCESS")
    assert event.body["debugData"]["droppedScopes"] == [
        {"scope": "XXXXX", "reason": "unknown_scope"},
        {"scope": "*:config/clients", "reason": "not_covered"},
    ]


def test_r4_a_request_without_scope_grants_nothing() -> None:
    caller = enrol("*:**")
    assert "scope" not in caller.ask().json()
    caller = caller.with_token(None)
    assert caller.introspect()["active"] is True
    assert caller.get("clients").status_code == 403


def test_r21_allowed_scopes_of_four_entries_hand_out_only_those() -> None:
    other = TokenPolicy.objects.create(title="Protected", allowed_scopes=[])
    allowed = ["openid", ".:**", "*:config/tokenPolicies", f"-:config/tokenPolicies/{other.pk}"]
    caller = enrol(*allowed, scope=".:**")
    granted = caller.ask("openid .:** *:config/tokenPolicies *:config/clients profile").json()
    assert granted["scope"].split() == allowed
    caller.token = granted["access_token"]
    assert caller.get("clients").status_code == 200
    assert caller.post("tokenPolicies", {"title": "A", "allowedScopes": []}).status_code == 201
    assert caller.get(f"tokenPolicies/{other.pk}").status_code == 403
    assert caller.post("clients", {}).status_code == 403


def test_r21_the_denials_of_the_policy_are_in_every_token_though_nobody_asks_for_them() -> None:
    caller = enrol("*:**", "-:config/clients", scope="*:config/**")
    assert caller.ask("*:config/**").json()["scope"] == "*:config/** -:config/clients"
    assert caller.get("clients").status_code == 403
    assert caller.get("tokenPolicies").status_code == 200


def test_r22_an_expired_token_and_an_insufficient_one_are_told_apart() -> None:
    caller = enrol(".:config/clients")
    insufficient = caller.get("tokenPolicies")
    AccessToken.objects.update(expires_at=AccessToken.objects.get().issued_at - timedelta(hours=1))
    expired = caller.get("clients")
    assert insufficient.json() == expired.json() == FORBIDDEN
    assert insufficient.status_code == expired.status_code == 403
    assert 'error="insufficient_scope"' in insufficient["WWW-Authenticate"]
    assert expired["WWW-Authenticate"] == INVALID


@pytest.mark.parametrize("scope", [".:**", ".:config/**", ".:config/clients/*/secret"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST"])
def test_r22_row_271_a_read_only_token_reaches_no_secret(scope: str, method: str) -> None:
    caller = enrol(scope)
    refused = caller.call(method, f"clients/{caller.client.client_id}/secret")
    assert refused.status_code == 403
    needed = f'scope="*:config/clients/{caller.client.client_id}/secret"'
    assert needed in refused["WWW-Authenticate"]


@pytest.mark.parametrize(
    "change",
    [{"allowedScopes": [".:**"]}, {"accessTokenLifetime": 600}, {"useAccessJWT": True}],
    ids=["scopes", "lifetime", "format"],
)
def test_r15_changing_the_token_policy_ends_its_tokens_at_once(
    admin: Caller, change: dict[str, object]
) -> None:
    caller = enrol("*:**")
    policy = caller.client.token_policy
    assert policy is not None
    body = {"title": policy.title, "allowedScopes": policy.allowed_scopes} | change
    assert admin.put(f"tokenPolicies/{policy.pk}", body).status_code == 200
    refused = caller.get("clients")
    assert (refused.status_code, refused["WWW-Authenticate"]) == (403, INVALID)
    assert caller.introspect() == {"active": False}
    assert admin.get("clients").status_code == 200


def test_r15_a_new_title_of_the_token_policy_ends_nothing(admin: Caller) -> None:
    caller = enrol("*:**")
    policy = caller.client.token_policy
    assert policy is not None
    body = {"title": "Another title", "allowedScopes": policy.allowed_scopes}
    assert admin.put(f"tokenPolicies/{policy.pk}", body).status_code == 200
    assert caller.get("clients").status_code == 200


def test_r15_r16_moving_the_client_away_and_deleting_its_policy_ends_its_tokens_for_good(
    admin: Caller,
) -> None:
    caller = enrol("*:**")
    old, new = caller.client.token_policy, enrol("*:**").client.token_policy
    assert old is not None and new is not None
    path = f"clients/{caller.client.client_id}"
    body = {"name": caller.client.name, "tokenPolicy": new.pk}
    assert admin.put(path, body).status_code == 200
    assert caller.get("clients").status_code == 403
    assert admin.put(path, body | {"tokenPolicy": old.pk}).status_code == 200
    assert caller.get("clients").status_code == 403
    assert admin.put(path, body).status_code == 200
    assert admin.delete(f"tokenPolicies/{old.pk}").status_code == 204
    assert caller.get("clients").status_code == 403


def test_r15_deleting_the_client_ends_its_tokens(admin: Caller) -> None:
    caller = enrol("*:**")
    assert admin.delete(f"clients/{caller.client.client_id}").status_code == 204
    assert caller.get("clients")["WWW-Authenticate"] == INVALID
    assert caller.ask("*:**").status_code == 401


def test_r23_the_last_configuration_client_cant_be_deleted(admin: Caller) -> None:
    refused = admin.delete(f"clients/{admin.client.client_id}")
    assert refused.status_code == 409
    assert "no configuration client" in refused.json()["errors"]
    assert Client.objects.filter(pk=admin.client.pk).exists()
    assert admin.get("clients").status_code == 200


def test_r23_row_273_one_of_two_may_go_and_the_other_stays(admin: Caller, spare: Caller) -> None:
    assert admin.delete(f"clients/{spare.client.client_id}").status_code == 204
    assert admin.delete(f"clients/{admin.client.client_id}").status_code == 409


def test_r23_the_last_token_policy_cant_be_stripped(admin: Caller) -> None:
    policy = admin.client.token_policy
    assert policy is not None
    for allowed in ([], [".:**"], ["*:**", "-:config/clients"]):
        body = {"title": policy.title, "allowedScopes": allowed}
        refused = admin.put(f"tokenPolicies/{policy.pk}", body)
        assert refused.status_code == 409, allowed
        assert "allowedScopes would leave no configuration client" in refused.json()["errors"]
    assert admin.get("clients").status_code == 200


def test_r23_the_last_client_cant_be_moved_to_a_weaker_policy(admin: Caller) -> None:
    weak = TokenPolicy.objects.create(title="Weak", allowed_scopes=[".:**"])
    body = {"name": "Admin", "tokenPolicy": weak.pk}
    assert admin.put(f"clients/{admin.client.client_id}", body).status_code == 409
    assert admin.get("clients").status_code == 200
