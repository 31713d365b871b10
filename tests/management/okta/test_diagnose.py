"""`tokens/diagnose` says of a token what the gate says, why, and what would reach a path (R15, R20,
R22, R24)."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps as django_apps
from django.core import serializers as dumps
from django.test import Client as Browser

from apps.clients.services import deactivate_client, update_client
from apps.management.idempotency import IdempotentCall
from apps.policies.services import deactivate_rule
from apps.servers.services import (
    delete_server,
    revoke_key,
)
from apps.systemlog.models import LogEvent, RevocationJob
from apps.tokens import clock
from apps.tokens.tasks import run_revocation_job
from tests.factories import TESTER
from tests.management.caller import enrol
from tests.management.okta.caller import Program, cause_of
from tests.management.okta.endings import ENDS
from tests.management.okta.small_world import SmallWorld, Wish, small_world
from tests.oauth import flow
from tests.oauth.http import introspect

Body = dict[str, Any]
WISH = Wish("web", "openid read offline_access", "ada")
FORMATS = ["jwt", "opaque"]


def asked(api: Program, token: str, path: str = "", **more: str) -> Body:
    response = api.post("tokens/diagnose", {"token": token, "path": path, **more})
    assert response.status_code == 200, response.content
    found: Body = response.json()
    return found


def is_active(world: SmallWorld, token: str, app: str = "web") -> bool:
    client = world.apps[app]
    auth = (client.client.client_id, client.secret)
    return bool(json.loads(introspect(Browser(), world.server, token, auth).content)["active"])


def kid_of(world: SmallWorld) -> str:
    return str(world.server.keys.get(state="CURRENT").kid)


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("what", ENDS)
def test_r15_a_dead_token_is_told_why_by_which_change_and_when(
    api: Program, what: str, format_: str
) -> None:
    world = small_world(access_token_format=format_, revoke_on_password_change=True)
    told = world.really(WISH).members
    tokens = [told["access_token"], told["refresh_token"]]
    for token in tokens:
        alive = asked(api, token)
        assert alive["isValid"] and alive["reason"] == "valid" and is_active(world, token)
    act, reason, cause = ENDS[what]
    act(world)
    for token in tokens:
        dead = asked(api, token)
        assert not dead["isValid"] and dead["reason"] == reason, dead
        assert dead["sentence"].startswith(("It is dead: ", "The audience")), dead
        if what != "the audience is another" or format_ == "opaque":
            assert dead["change"]["cause"] == cause and dead["change"]["when"], dead
        if what != "the server is inactive":
            assert not is_active(world, token)


def test_what_a_job_has_marked_is_told_by_the_same_change(api: Program) -> None:
    world = small_world(access_token_format="opaque")
    told = world.really(WISH).members
    deactivate_rule(actor=TESTER, server_id=world.server.pk, rule_id=world.staff_rule.pk)
    for job in RevocationJob.objects.all():
        run_revocation_job(job.pk)
    for name in ("access_token", "refresh_token"):
        found = asked(api, told[name])
        assert found["reason"] == "revoked" and found["change"]["objectName"]
        assert found["change"]["cause"] == "rule deactivated"
        assert world.staff_rule.name in found["sentence"]


def test_time_ends_tokens_and_says_so(api: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    world = small_world()
    told = world.really(WISH).members
    later = clock.now() + timedelta(minutes=11)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert asked(api, told["access_token"])["reason"] == "expired"
    assert asked(api, told["refresh_token"])["isValid"]
    idle = later + timedelta(minutes=300)
    monkeypatch.setattr(clock, "now", lambda: idle)
    found = asked(api, told["refresh_token"])
    assert (found["reason"], found["detail"]) == ("expired", "idle")
    assert "not used for too long" in found["sentence"]


def test_a_used_refresh_token_says_that_another_took_its_place(api: Program) -> None:
    world = small_world()
    app = world.apps["web"]
    update_client(actor=TESTER, client=app.client, rotation_type="ROTATE")
    told = world.really(WISH).members
    at = flow.World(world.server, app.client, app.secret, world.people["ada"])
    refreshed = flow.token_request(
        at, grant_type="refresh_token", refresh_token=told["refresh_token"]
    ).json()
    found = asked(api, told["refresh_token"])
    assert not found["isValid"] and "another one has taken its place" in found["sentence"]
    assert asked(api, refreshed["refresh_token"])["isValid"]


def test_a_services_token_dies_of_its_client_and_of_its_key(api: Program) -> None:
    world = small_world()
    first = world.really(Wish("job", "read")).members["access_token"]
    other = world.really(Wish("other", "read")).members["access_token"]
    found = asked(api, first, audience=world.server.audience)
    assert found["isValid"] and found["client"]["id"] == world.client("job").client_id
    assert found["scopes"] == ["read"] and found["user"] is None and found["issued"]
    deactivate_client(actor=TESTER, client=world.client("job"))
    dead = asked(api, first)
    assert (dead["reason"], dead["detail"]) == ("client", "inactive")
    assert dead["change"]["kind"] == "client" and "its client is inactive" in dead["sentence"]
    revoke_key(actor=TESTER, server_id=world.server.pk, kid=kid_of(world))
    assert asked(api, other)["reason"] == "key"


def test_another_apis_token_is_valid_and_refused_there(api: Program) -> None:
    world = small_world()
    token = world.really(Wish("job", "read")).members["access_token"]
    found = asked(api, token, audience="api://elsewhere")
    assert found["reason"] == "wrong_audience" and not found["isValid"]
    assert world.server.audience in found["sentence"]


def altered(token: str) -> str:
    head, body, signature = token.split(".")
    return ".".join((head, body, ("A" if signature[0] != "A" else "B") + signature[1:]))


def test_what_is_no_living_token_of_ours_is_told_apart(api: Program) -> None:
    world = small_world()
    told = world.really(WISH).members
    token = world.really(Wish("job", "read")).members["access_token"]
    foreign = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlIn0.x"
    own = api.authorization.removeprefix("SSWS ")
    cases = {
        "": "no_token",
        "nonsense": "no_token",
        altered(token): "bad_signature",
        told["id_token"]: "id_token",
        own: "not_an_access_token",
        world.apps["job"].secret: "not_an_access_token",
        foreign: "foreign_issuer",
        f"Bearer {token}": "valid",
    }
    for text, reason in cases.items():
        assert asked(api, text)["reason"] == reason, (reason, text)
    opaque = small_world(access_token_format="opaque")
    found = opaque.really(Wish("job", "read")).members["access_token"]
    delete_server(actor=TESTER, server_id=opaque.server.pk)
    assert asked(api, found)["reason"] == "server"
    assert asked(api, found[:-1] + ("A" if found[-1] != "A" else "B"))["reason"] == "no_token"


@pytest.mark.parametrize(
    ("scopes", "method", "path", "is_reached", "smallest", "okta"),
    [
        ("*:**", "DELETE", "/api/v1/apps/x", True, "*:api/v1/apps/x", "okta.apps.manage"),
        (".:**", "GET", "/api/v1/apps", True, ".:api/v1/apps", "okta.apps.read"),
        (".:**", "POST", "/api/v1/apps", False, "*:api/v1/apps", "okta.apps.manage"),
        (".:**", "GET", "/org/config/clients/x", True, ".:config/clients/x", ""),
        (".:**", "GET", "/org/config/clients/x/secret", False, "*:config/clients/x/secret", ""),
        ("okta.apps.read", "GET", "/api/v1/users", False, ".:api/v1/users", "okta.users.read"),
        ("okta.apps.read", "GET", "/api/v1/apps/x", True, ".:api/v1/apps/x", "okta.apps.read"),
    ],
)
def test_r20_r22_what_the_scopes_reach_and_the_least_that_would(
    api: Program, scopes: str, method: str, path: str, is_reached: bool, smallest: str, okta: str
) -> None:
    caller = enrol(*scopes.split(), scope=scopes)
    found = asked(api, caller.token, path, method=method)["reach"]
    assert found["isManagementToken"] and found["isReached"] is is_reached, found
    assert (found["smallestScope"], found["smallestOktaScope"]) == (smallest, okta or None)
    told = found["sentence"]
    assert (smallest in told) is (not is_reached)


def test_r20_the_answer_is_what_the_call_then_gets(api: Program) -> None:
    for allowed in (".:**", ".:config/clients/**", "*:config/**"):
        caller = enrol(allowed, scope=allowed)
        for method, path in (("GET", "clients"), ("GET", "tokenPolicies"), ("POST", "clients")):
            reach = asked(api, caller.token, f"/org/config/{path}", method=method)["reach"]
            answer = caller.call(method, path, {} if method == "POST" else None)
            assert reach["isReached"] is (answer.status_code != 403), (allowed, method, path)


def test_r20_a_denial_is_named(api: Program) -> None:
    caller = enrol("*:**", "-:config/tokenPolicies/**", scope="*:**")
    found = asked(api, caller.token, "/org/config/tokenPolicies")["reach"]
    assert found["deniedBy"] == ["-:config/tokenPolicies/**"] and not found["isReached"]
    assert asked(api, caller.token, "/org/config/clients")["reach"]["isReached"]


def test_r20_a_path_that_is_refused_before_scopes_says_so(api: Program) -> None:
    caller = enrol("*:**", scope="*:**")
    found = asked(api, caller.token, "/api/v1/../x")["reach"]
    assert "before any scope is looked at" in found["sentence"] and not found["isReached"]


def test_r24_the_token_is_neither_stored_nor_logged(
    api: Program, auditor: Program, caplog: pytest.LogCaptureFixture
) -> None:
    world = small_world()
    token = world.really(Wish("job", "read")).members["access_token"]
    body = {"token": token, "path": "/api/v1/apps", "method": "GET"}
    events = LogEvent.objects.count()
    answer = auditor.post("tokens/diagnose", body, HTTP_IDEMPOTENCY_KEY="k")
    assert answer.status_code == 200 and token.encode() not in answer.content
    assert not IdempotentCall.objects.exists() and LogEvent.objects.count() == events
    refused = api.post("tokens/diagnose", {"token": token * 99, "method": "BREW"})
    assert refused.status_code == 400 and token[-40:] not in cause_of(refused)
    rows = "".join(
        dumps.serialize("json", model._default_manager.all())
        for model in django_apps.get_models()
        if model._meta.managed
    )
    assert token not in rows and token not in caplog.text
    assert Program("").post("tokens/diagnose", body).status_code == 401
