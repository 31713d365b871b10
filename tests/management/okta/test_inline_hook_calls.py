"""Token inline hooks at work: asked before tokens are signed, and never in the way (rows 299, 300,
303).
"""

import json
from typing import Any

import httpx
import pytest

from apps.policies.models import InlineHook
from apps.policies.services import update_rule
from apps.policies.services.inline_hooks import (
    deactivate_inline_hook,
    update_inline_hook,
)
from apps.systemlog.models import LogEvent
from authzsite.domain.token_hook import ACCESS, IDENTITY
from tests.factories import TESTER
from tests.management.hooks.conftest import receiver
from tests.management.okta.hook_scene import (
    PATH,
    add,
    answers,
    claims,
    executed,
    hooked,
    whole_breaker,
    world,
)
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

pytestmark = pytest.mark.once  # no statement differs between the databases

__all__ = ["receiver", "whole_breaker", "world"]


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
    for one in (plain, other):
        client_credentials(one)
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


def test_row_301_302_a_question_is_asked_once_for_each_token_by_who_knows_the_receivers_secret(
    world: World, receiver: Site
) -> None:
    """A receiver tells a forged question by the header that it chose, and a replayed one by its
    id. Nobody waits in a queue, so nothing is asked again by itself, and none is lost: the token
    is answered after it."""
    for _ in range(3):
        client_credentials(world)
    assert {one.headers["Authorization"] for one in receiver.asked} == {"of-the-receivers"}
    ids = [json.loads(one.body)["eventId"] for one in receiver.asked]
    assert len(ids) == len(set(ids)) == 3
    receiver.show(b"", status=500, path=PATH)
    client_credentials(world)
    assert len(receiver.asked) == 4 and executed()[-1][0] == "FAILURE"
