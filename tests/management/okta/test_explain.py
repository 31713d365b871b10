"""`…/explain` says what the endpoints would do, and does nothing (R9, R24)."""

from typing import Any

import pytest

from apps.clients.services import deactivate_client
from apps.directory.services import suspend_user
from apps.policies.models import Rule
from apps.servers.services import deactivate_server
from apps.tokens.jwt import unverified_claims
from tests.factories import TESTER, make_claim
from tests.management.okta.caller import Program, cause_of
from tests.management.okta.small_world import SmallWorld, Wish, small_world, wishes
from tests.oauth.world import stored

OWN = {"jti", "iat", "exp", "at_hash", "sid", "auth_time"}  # differ from token to token


def explained(api: Program, world: SmallWorld, wish: Wish, **more: Any) -> dict[str, Any]:
    response = api.post(f"{world.path}/explain", {**world.body(wish), **more})
    assert response.status_code == 200, response.content
    found: dict[str, Any] = response.json()
    return found


def without_own(claims: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in claims.items() if name not in OWN}


@pytest.mark.parametrize("mode", ["reject", "narrow"])
def test_r9_what_is_explained_is_what_the_endpoints_do(api: Program, mode: str) -> None:
    world, outcomes = small_world(scope_mode=mode), set()
    for wish in wishes():
        found, told = explained(api, world, wish), world.really(wish)
        assert found["isGranted"] is not bool(told.error), (wish, found["headline"], told)
        assert (found["answer"]["error"] or "") == told.error, wish
        outcomes.add(told.error)
        if not told.error:
            assert set(found["decision"]["scopes"]) == told.scopes, wish
            assert found["preview"]["accessToken"]["expiresIn"] == told.members["expires_in"]
    assert {"", "access_denied"} <= outcomes


def test_the_preview_holds_the_claims_of_the_real_tokens(api: Program) -> None:
    world = small_world()
    make_claim(world.server, "tier", "user.profile.firstName + '!'")
    wish = Wish("web", "openid profile read offline_access", "ada")
    shown, told = explained(api, world, wish, nonce="n-1")["preview"], world.really(wish)
    access = unverified_claims(told.members["access_token"])
    identity = unverified_claims(told.members["id_token"])
    assert without_own(shown["accessToken"]["claims"]) == without_own(access)
    assert shown["accessToken"]["claims"].keys() == access.keys()
    assert shown["idToken"]["claims"].keys() == identity.keys() | {"nonce"}
    expected = without_own(identity) | {"nonce": "n-1"}
    assert without_own(shown["idToken"]["claims"]) == expected
    times = {"accessSeconds": 600, "refreshSeconds": 36000, "idleSeconds": 18000}
    assert shown["refreshToken"] == times and "refresh_token" in told.members


def test_an_opaque_token_is_shown_as_introspection_would(api: Program) -> None:
    world = small_world(access_token_format="opaque")
    found = explained(api, world, Wish("job", "read"))
    shown = found["preview"]["accessToken"]
    assert shown["format"] == "opaque" and shown["expiresIn"] == 1200
    assert shown["claims"]["scp"] == ["read"]


def test_r24_nothing_is_stored_or_logged_and_no_token_leaves(api: Program) -> None:
    world = small_world()
    before = stored()
    for wish in (Wish("job", "read"), Wish("web", "openid offline_access", "ada")):
        response = api.post(f"{world.path}/explain", world.body(wish))
        assert response.json()["isGranted"] and b"eyJ" not in response.content
    assert stored() == before


def test_a_denial_names_the_nearest_rule_and_a_change_that_suffices(api: Program) -> None:
    world = small_world()
    found = explained(api, world, Wish("web", "read write", "bob"))
    assert found["answer"]["error"] == "access_denied" and found["preview"] is None
    miss = found["nearestMiss"]
    assert miss["ruleName"] == world.everyone_rule.name
    assert miss["fails"][0]["missingScopes"] == ["write"]
    assert any(fix["suffices"] and fix["kind"] == "widen_rule" for fix in found["fixes"])
    assert [len(one["rules"]) for one in found["policies"]] == [2, 1, 1]


def test_r7_a_suspended_user_is_denied_whatever_the_rules_say(api: Program) -> None:
    world = small_world()
    suspend_user(actor=TESTER, user=world.people["ada"])
    found = explained(api, world, Wish("web", "openid", "ada"))
    assert found["answer"]["reason"] == "invalid_user_status_error"


def test_a_claim_that_fails_refuses_the_request_as_it_does_at_the_endpoint(api: Program) -> None:
    world = small_world()
    make_claim(world.server, "broken", "Convert.toInt('x')")
    wish = Wish("web", "openid", "ada")
    found, told = explained(api, world, wish), world.really(wish)
    assert found["answer"]["error"] == told.error == "server_error"
    assert found["decision"]["outcome"] == "ALLOW" and not found["isGranted"]


def test_what_refuses_before_the_policies_is_told_as_the_endpoint_tells_it(api: Program) -> None:
    world = small_world()
    wish = Wish("job", "read")
    deactivate_client(actor=TESTER, client=world.client("job"))
    found = explained(api, world, wish)
    assert found["answer"]["error"] == world.really(wish).error == "invalid_client"
    assert found["obstacles"] and not found["isGranted"]
    deactivate_server(actor=TESTER, server_id=world.server.pk)
    assert explained(api, world, wish)["answer"]["status"] == 404
    wrong = {"grant_type": "client_credentials", "client_id": world.client("web").client_id}
    body = api.post(f"{world.path}/explain", wrong).json()
    assert "The client may not use client_credentials." in body["obstacles"]


def test_whoever_may_look_may_ask(auditor: Program) -> None:
    world = small_world()
    assert explained(auditor, world, Wish("job", "read"))["isGranted"]
    assert Program("").post(f"{world.path}/explain", {}).status_code == 401


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"grant_type": "refresh_token"}, "policies decide on"),  # R11
        ({"grant_type": None}, "grant_type: must not be null"),
        ({"client_id": "nobody"}, "client_id: names no client"),
        ({"user": "nobody@example.com"}, "user: names no user"),
        ({"user": ""}, "name one"),
        ({"scope": 'a"b'}, "scope: is malformed"),
        ({"scope": ["read"]}, "scope: must be a text"),
    ],
)
def test_what_cannot_be_asked_is_refused(api: Program, change: dict[str, Any], cause: str) -> None:
    world = small_world()
    body = world.body(Wish("web", "read", "ada")) | change
    response = api.post(f"{world.path}/explain", body)
    assert response.status_code == 400 and cause in cause_of(response)


def test_an_unknown_server_is_404(api: Program) -> None:
    response = api.post("authorizationServers/nothing/explain", {})
    assert response.status_code == 404 and response.json()["errorCode"] == "E0000007"


def test_the_body_of_a_question_leaves_no_trace_of_a_key(api: Program) -> None:
    world = small_world()
    body = world.body(Wish("job", "read"))
    first = api.post(f"{world.path}/explain", body, HTTP_IDEMPOTENCY_KEY="k")
    again = api.post(f"{world.path}/explain", body | {"scope": "write"}, HTTP_IDEMPOTENCY_KEY="k")
    assert first.status_code == again.status_code == 200


def test_an_inline_hook_is_named_and_not_asked(api: Program) -> None:
    world = small_world()
    assert explained(api, world, Wish("other", "read"))["preview"]["inlineHookId"] is None
    hooked = small_world()
    Rule.objects.filter(pk=hooked.job_rule.pk).update(hook_id="calNowhere")
    found = explained(api, hooked, Wish("job", "read"))
    assert found["isGranted"] and found["preview"]["inlineHookId"] == "calNowhere"
