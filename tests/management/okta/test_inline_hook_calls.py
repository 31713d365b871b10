"""Token inline hooks at work: asked before tokens are signed, and never in the way (`okta.md` 8.1,
rows 299, 300, 303)."""

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import jwt
import pytest
from django.db import connection

from apps.oauth import hook_call
from apps.policies.models import InlineHook
from apps.policies.services import update_rule
from apps.policies.services.inline_hooks import (
    create_inline_hook,
    deactivate_inline_hook,
    update_inline_hook,
)
from apps.systemlog.models import LogEvent
from authzsite.domain.token_hook import ACCESS, IDENTITY
from tests.factories import TESTER
from tests.management.hooks.conftest import receiver
from tests.oauth.client_authentication.tls_server import Asked, Site
from tests.oauth.grants_fixture import (
    World,
    authorize,
    body_of,
    client_credentials,
    exchange,
    introspect,
    make_world,
    outcome,
    post,
    refresh,
    sign_in,
    userinfo,
)

__all__ = ["receiver"]
PATH = "/hook"


@pytest.fixture(autouse=True)
def whole_breaker() -> Iterator[None]:
    """No hook has failed yet, and none is remembered."""
    hook_call.breaker.clear()
    yield
    hook_call.breaker.clear()


@pytest.fixture
def world(receiver: Site) -> World:
    """A rule whose tokens a hook is asked about; its answer is empty."""
    return hooked(make_world(), receiver)


def hooked(world: World, receiver: Site) -> World:
    """The world with a hook at its rule."""
    receiver.show(b"{}", path=PATH)
    fields = {"auth_header": "Authorization", "auth_value": "of-the-receivers"}
    headers = [{"key": "X-Site", "value": "one"}]
    hook = create_inline_hook(
        actor=TESTER, name="Claims", url=receiver.url(PATH), headers=headers, **fields
    )
    update_rule(actor=TESTER, server_id=world.server.pk, rule_id=world.rule.pk, hook_id=hook.pk)
    return world


def answers(receiver: Site, *operations: dict[str, Any], kind: str = ACCESS, **more: Any) -> None:
    """What the hook says from now on."""
    commands = [{"type": kind, "value": list(operations)}]
    receiver.show(json.dumps({"commands": commands, **more}).encode(), path=PATH)


def claims(token: str) -> dict[str, Any]:
    """Of a JWT, unverified."""
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


def add(name: str, value: Any) -> dict[str, Any]:
    return {"op": "add", "path": f"/claims/{name}", "value": value}


def executed() -> list[tuple[str, str]]:
    """Outcomes and reasons of the calls."""
    found = LogEvent.objects.filter(event_type="inline_hook.executed").order_by("id")
    return list(found.values_list("outcome", "reason"))


def test_a_claim_is_added_to_each_kind_of_answer(world: World, receiver: Site) -> None:
    answers(receiver, add("tenant", "t1"))
    tokens = sign_in(world)
    again = body_of(refresh(world, tokens.refresh))
    for token in (tokens.access, again["access_token"], client_credentials(world).access):
        assert claims(token)["tenant"] == "t1"
    assert executed() == [("SUCCESS", "")] * 3
    assert introspect(world, tokens.access)["active"] is True


def test_the_id_token_is_changed_by_its_own_commands(world: World, receiver: Site) -> None:
    lifetime = {"op": "replace", "path": "/token/lifetime/expiration", "value": 600}
    answers(receiver, add("nick", "Ada"), lifetime, kind=IDENTITY)
    tokens = sign_in(world)
    identity = claims(tokens.answer["id_token"])
    assert identity["nick"] == "Ada" and identity["exp"] - identity["iat"] == 600
    assert "nick" not in claims(tokens.access) and identity["at_hash"]


def test_the_request_says_who_gets_what_and_no_secret(world: World, receiver: Site) -> None:
    tokens = sign_in(world)
    body_of(refresh(world, tokens.refresh))
    first, second = (json.loads(asked.body) for asked in receiver.asked)
    assert first["eventType"] == "com.okta.oauth2.tokens.transform"
    context = first["data"]["context"]
    assert context["policy"] == {"id": world.policy.pk, "rule": {"id": world.rule.pk}}
    assert context["protocol"]["client"]["id"] == world.client.client_id
    assert context["protocol"]["client"]["type"] == "CONFIDENTIAL"
    assert context["user"]["profile"]["login"] == world.user.login
    assert context["session"]["userId"] == world.user.pk
    access = first["data"]["access"]
    assert access["scopes"]["orders:read"] == {"id": world.scope.pk, "action": "GRANT"}
    assert access["token"]["lifetime"]["expiration"] == 3600
    assert first["data"]["identity"]["claims"]["sub"] == world.user.pk
    assert "refresh_token" not in first["data"]
    assert second["data"]["refresh_token"]["jti"].startswith("oar")
    original = second["data"]["context"]["protocol"]["OriginalGrant"]
    assert original["refresh_token"]["jti"] == second["data"]["refresh_token"]["jti"]
    sent = b"".join(asked.body for asked in receiver.asked).decode()
    assert world.secret not in sent and tokens.refresh not in sent and tokens.access not in sent
    (asked, _) = receiver.asked
    assert asked.command == "POST" and asked.headers["X-Site"] == "one"
    assert asked.headers["Authorization"] == "of-the-receivers"


def test_a_client_alone_has_neither_user_nor_session(world: World, receiver: Site) -> None:
    client_credentials(world)
    [asked] = receiver.asked
    data = json.loads(asked.body)["data"]
    assert not {"user", "session"} & data["context"].keys() and "identity" not in data


def test_lifetimes_may_be_changed_and_tokens_live_as_long(world: World, receiver: Site) -> None:
    for seconds in (300, 86_400):
        answers(receiver, {"op": "replace", "path": "/token/lifetime/expiration", "value": seconds})
        answer = body_of(exchange(world, authorize(world)))
        token = claims(answer["access_token"])
        assert token["exp"] - token["iat"] == seconds
        assert seconds - 1 <= answer["expires_in"] <= seconds


def test_subject_and_audience_may_be_changed_and_the_token_stays_ours(
    world: World, receiver: Site
) -> None:
    answers(receiver, add("sub", "ada"), add("aud", "https://elsewhere.example"))
    tokens = sign_in(world)
    assert claims(tokens.access)["aud"] == "https://elsewhere.example"
    assert introspect(world, tokens.access)["active"] is True
    assert userinfo(world, tokens.access).status_code == 200


def test_row_300_a_protected_claim_spoils_the_answer_and_the_token_is_as_it_was(
    world: World, receiver: Site
) -> None:
    for bad in (add("scp", ["admin"]), add("scope", "admin"), add("exp", 9_999_999_999)):
        answers(receiver, add("tenant", "t1"), bad)
        token = claims(sign_in(world).access)
        assert "tenant" not in token and token["scp"] != ["admin"]
        assert token["exp"] - token["iat"] == 3600
    assert [one for one, _ in executed()] == ["FAILURE"] * 3
    assert "scp is protected" in executed()[0][1]


def test_an_error_is_400_server_error_with_the_hooks_words(world: World, receiver: Site) -> None:
    code = authorize(world)
    receiver.show(b'{"error": {"errorSummary": "No tokens today"}}', path=PATH)
    refused = exchange(world, code)
    assert outcome(refused) == (400, "server_error")
    assert body_of(refused)["error_description"] == "No tokens today"
    receiver.show(b"{}", path=PATH)
    assert outcome(exchange(world, code)) == (200, ""), "the code was not consumed"
    failed = LogEvent.objects.get(event_type="app.oauth2.as.token.grant")
    assert failed.reason == "inline_hook_refused"


def raw(octets: bytes) -> Any:
    """A receiver that says exactly this."""

    def page(request: Asked) -> None:
        request.wfile.write(octets)

    return page


ODD = {
    "500": b"HTTP/1.1 500 X\r\nContent-Length: 2\r\n\r\n{}",
    "201": b"HTTP/1.1 201 X\r\nContent-Length: 2\r\n\r\n{}",
    "a redirect": b"HTTP/1.1 302 X\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n",
    "no JSON": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n<",
    "a list": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
    "a gzip": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    "too much": b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 400_000 + b"{}",
    "nothing": b"",
}


@pytest.mark.parametrize("what", ODD)
def test_row_299_whatever_a_hook_says_the_token_is_issued_as_it_was(
    world: World, receiver: Site, what: str
) -> None:
    receiver.pages[PATH] = raw(ODD[what])
    receiver.show(b'{"commands": []}', path="/other")
    assert claims(sign_in(world).access)["sub"]
    assert executed() == [("FAILURE", "no usable answer in time")]
    assert [asked.path for asked in receiver.asked] == [PATH], "once, and nowhere else"


def test_row_299_a_hook_that_drips_has_three_seconds_together(world: World, receiver: Site) -> None:
    def drip(request: Asked) -> None:
        for _ in range(100):
            request.wfile.write(b"H")
            time.sleep(0.1)

    receiver.pages[PATH] = drip
    assert hook_call.DEADLINE_SECONDS == 3.0
    assert claims(client_credentials(world).access)["sub"]
    assert executed() == [("FAILURE", "no usable answer in time")]


def test_row_299_a_hook_that_keeps_failing_is_left_alone_for_a_while(
    world: World, receiver: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.pages[PATH] = raw(b"")
    for _ in range(hook_call.BREAKER_FAILURES + 2):
        client_credentials(world)
    assert len(receiver.asked) == hook_call.BREAKER_FAILURES
    assert executed()[-1] == ("FAILURE", "left alone after failures")
    start = time.monotonic()
    monkeypatch.setattr(hook_call.time, "monotonic", lambda: start + hook_call.BREAKER_SECONDS + 1)
    answers(receiver, add("tenant", "t1"))
    assert claims(client_credentials(world).access)["tenant"] == "t1"


def test_row_298_an_address_that_became_forbidden_is_not_asked(
    world: World, receiver: Site, settings: Any
) -> None:
    settings.OUTBOUND_ALLOW = []
    assert claims(sign_in(world).access)["sub"]
    assert receiver.asked == [] and executed()[0][0] == "FAILURE"


def test_row_299_nothing_is_held_while_a_hook_is_asked(
    world: World, receiver: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements: list[str] = []
    fetch = hook_call.fetch_json

    def look(*args: Any, **kwargs: Any) -> Any:
        open_now = len(connection.savepoint_ids)
        statements.append(str(open_now))
        return fetch(*args, **kwargs)

    before = len(connection.savepoint_ids)
    monkeypatch.setattr(hook_call, "fetch_json", look)
    sign_in(world)
    assert statements == [str(before)]


def test_an_inactive_hook_is_not_asked_and_a_changed_one_counts_at_once(
    world: World, receiver: Site
) -> None:
    hook = InlineHook.objects.get()
    receiver.show(b'{"commands": []}', path="/other")
    update_inline_hook(actor=TESTER, hook=hook, url=receiver.url("/other"))
    sign_in(world)
    assert [asked.path for asked in receiver.asked] == ["/other"]
    deactivate_inline_hook(actor=TESTER, hook=hook)
    sign_in(world)
    assert len(receiver.asked) == 1


def test_another_hook_of_a_rule_revokes_nothing(world: World) -> None:
    tokens = sign_in(world)
    update_rule(actor=TESTER, server_id=world.server.pk, rule_id=world.rule.pk, hook_id="")
    assert introspect(world, tokens.access)["active"] is True
    assert outcome(refresh(world, tokens.refresh)) == (200, "")


def test_opaque_tokens_have_the_hooks_claims_too(receiver: Site) -> None:
    world = hooked(make_world(token_format="opaque"), receiver)
    answers(receiver, add("tenant", "t1"), debugContext={"why": "a test"})
    assert introspect(world, sign_in(world).access)["tenant"] == "t1"
    told = LogEvent.objects.get(event_type="inline_hook.response.processed")
    assert told.body["debugData"]["debugContext"] == '{"why": "a test"}'


def test_a_rule_without_a_hook_costs_no_statement_more(
    receiver: Site, django_assert_num_queries: Any
) -> None:
    plain, other = make_world(), hooked(make_world(), receiver)
    for world in (plain, other):
        client_credentials(world)
    form = {"grant_type": "client_credentials", "scope": "orders:read"}
    with django_assert_num_queries(2):
        post(plain, "token", form)
    with django_assert_num_queries(4):  # the hook's row, and the ids of the scopes
        post(other, "token", form)


@pytest.mark.django_db(transaction=True)
def test_row_303_a_hook_that_asks_for_a_token_of_the_same_client_gets_it(
    receiver: Site, live_server: object
) -> None:
    world = hooked(make_world(), receiver)
    statuses: list[int] = []

    def ask(request: Asked) -> None:
        receiver.show(b"{}", path=PATH)  # once, or it would ask for ever
        answer = httpx.post(
            f"{live_server}/oauth2/{world.server.pk}/v1/token",
            data={"grant_type": "client_credentials", "scope": "orders:read"},
            auth=(world.client.client_id, world.secret),
            timeout=3,
        )
        statuses.append(answer.status_code)
        body = json.dumps({"commands": [{"type": ACCESS, "value": [add("asked", True)]}]}).encode()
        request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    receiver.pages[PATH] = ask
    assert claims(client_credentials(world).access)["asked"] is True
    assert statuses == [200]
