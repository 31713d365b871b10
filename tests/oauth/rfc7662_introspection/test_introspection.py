"""Rows 183-194: what introspection tells, and whom (RFC 7662, R4a)."""

import json
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client as Browser

from apps.clients.services import deactivate_client, update_client
from apps.directory.services import deactivate_user
from apps.servers.services import (
    deactivate_server,
    revoke_key,
    revoke_server_tokens,
    rotate_keys,
    set_resource_servers,
    update_server,
)
from apps.tokens.django_store import DjangoStore
from apps.tokens.models import Grant
from apps.tokens.store import StorageError
from authzsite.domain.tokens import Kind, mint
from tests.factories import TESTER
from tests.oauth.http import (
    assert_refused,
    introspect,
    path,
    post_raw,
    revoke,
    token,
    userinfo,
    without_reference,
)
from tests.oauth.world import World, answer, make_world, stored

INACTIVE = b'{"active":false}'


def test_an_access_token_of_the_client_itself_has_all_members(
    client: Browser, world: World
) -> None:
    told = answer(introspect(client, world.server, world.service_token(client), world.service_auth))
    ident = world.service.client_id
    assert told["active"] is True
    assert told["token_type"] == "Bearer"
    assert (told["scope"], told["client_id"], told["sub"]) == ("orders:read", ident, ident)
    assert (told["iss"], told["aud"]) == (world.issuer, world.server.audience)
    assert told["exp"] - told["iat"] == 3600


def test_a_users_access_token_names_the_user(client: Browser, world: World) -> None:
    text = world.user_tokens(client)["access_token"]
    told = answer(introspect(client, world.server, text, world.web_auth))
    assert (told["username"], told["uid"]) == (world.user.login, world.user.pk)


def test_a_refresh_token_of_the_client_itself_is_shown(client: Browser, world: World) -> None:
    text = world.user_tokens(client)["refresh_token"]
    told = answer(introspect(client, world.server, text, world.web_auth))
    assert (told["active"], told["token_type"]) == (True, "refresh_token")
    assert told["client_id"] == world.web.client_id


def test_opaque_and_jwt_tokens_tell_the_same(client: Browser, world: World, opaque_world) -> None:
    told = [
        answer(introspect(client, w.server, w.service_token(client), w.service_auth))
        for w in (world, opaque_world)
    ]
    assert set(told[0]) == set(told[1])


@pytest.mark.parametrize("auth", [None, "Bearer {token}", "Basic !!", ("unknown", "secret")])
def test_row_183_without_client_authentication_nothing_is_looked_up(
    client: Browser, world: World, auth: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = world.user_tokens(client)["access_token"]
    lookups: list[Any] = []
    read = DjangoStore.read

    async def watched(self: DjangoStore, server: str, caller: str, lookup: Any, now: Any) -> Any:
        lookups.append(caller)
        return await read(self, server, caller, lookup, now)

    monkeypatch.setattr(DjangoStore, "read", watched)
    header = auth.format(token=text) if isinstance(auth, str) else auth
    assert_refused(introspect(client, world.server, text, header), 401, "invalid_client")
    assert lookups in ([], ["unknown"])


def test_row_184_another_client_hears_what_it_hears_of_unknown_tokens(
    client: Browser, world: World
) -> None:
    tokens = world.user_tokens(client)
    unknown = introspect(client, world.server, mint(Kind.ACCESS), world.service_auth)
    for name in ("access_token", "refresh_token"):
        told = introspect(client, world.server, tokens[name], world.service_auth)
        assert told.content == INACTIVE
        assert without_reference(told) == without_reference(unknown)


def test_r4a_a_resource_server_sees_access_tokens(client: Browser, world: World) -> None:
    set_resource_servers(actor=TESTER, server_id=world.server.pk, client_ids=[world.service.pk])
    text = world.user_tokens(client)["access_token"]
    assert world.is_active(client, text, world.service_auth)


def test_row_184_a_resource_server_of_another_server_sees_nothing(
    client: Browser, world: World
) -> None:
    other = make_world()
    set_resource_servers(actor=TESTER, server_id=other.server.pk, client_ids=[other.service.pk])
    text = world.user_tokens(client)["access_token"]
    assert introspect(client, world.server, text, other.service_auth).content == INACTIVE
    assert introspect(client, other.server, text, other.service_auth).content == INACTIVE


def test_row_185_an_answer_that_we_cannot_sign_says_nothing_more(
    client: Browser, world: World
) -> None:
    text = world.user_tokens(client)["access_token"]
    url, accept = path(world.server, "introspect"), "application/token-introspection+jwt"
    told = post_raw(client, url, f"token={text}", world.service_auth, HTTP_ACCEPT=accept)
    assert (told.content, told.headers["Content-Type"]) == (INACTIVE, "application/json")


def test_row_186_a_refresh_token_is_not_the_apis_business(client: Browser, world: World) -> None:
    set_resource_servers(actor=TESTER, server_id=world.server.pk, client_ids=[world.service.pk])
    text = world.user_tokens(client)["refresh_token"]
    assert introspect(client, world.server, text, world.service_auth).content == INACTIVE


@pytest.mark.parametrize("format_", ["jwt", "opaque"])
def test_row_186_everything_that_is_no_live_token_sounds_alike(
    client: Browser, db: None, format_: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, other = make_world(access_token_format=format_), make_world()
    tokens, revoked = world.user_tokens(client), world.service_token(client)
    revoke(client, world.server, revoked, world.service_auth)
    texts = [
        mint(Kind.ACCESS),
        "garbage",
        "azat_" + "a" * 49,
        world.code(),
        tokens["id_token"],
        other.service_token(client),
        revoked,
        "a.b.c",
        world.web_auth[1],
        " ",
    ]
    answers = {
        str(without_reference(introspect(client, world.server, text, world.web_auth)))
        for text in texts
    }
    assert len(answers) == 1 and INACTIVE.decode() in answers.pop()


@pytest.mark.parametrize("format_", ["jwt", "opaque"])
def test_row_186_an_expired_token_is_inactive(
    client: Browser, db: None, format_: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import timedelta

    from apps.tokens import clock

    world, now = make_world(access_token_format=format_), clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    text = world.service_token(client)
    for seconds, active in ((3590, True), (3600, False), (4000, False)):
        later = now + timedelta(seconds=seconds)
        monkeypatch.setattr(clock, "now", lambda later=later: later)
        assert world.is_active(client, text, world.service_auth) is active


@pytest.mark.parametrize("hint", ["refresh_token", "access_token", "id_token", "nonsense", ""])
def test_row_187_a_hint_changes_nothing(client: Browser, world: World, hint: str) -> None:
    tokens = world.user_tokens(client)
    for name in ("access_token", "refresh_token"):
        told = introspect(client, world.server, tokens[name], world.web_auth, token_type_hint=hint)
        assert answer(told)["active"] is True


@pytest.mark.parametrize("body", ["", "token=", "token=a&token=b", "token=a&token=a", "tokens=a"])
def test_row_188_no_token_or_two_are_a_400(client: Browser, world: World, body: str) -> None:
    response = post_raw(client, path(world.server, "introspect"), body, world.service_auth)
    assert_refused(response, 400, "invalid_request")


CAUSES: dict[str, Any] = {
    "family": lambda w: Grant.objects.update(revoked_at="2020-01-01T00:00Z", revoked_by="test"),
    "user": lambda w: deactivate_user(actor=TESTER, user=w.user),
    "client": lambda w: update_client(
        actor=TESTER, client=w.web, leeway=0, redirect_uris=["https://b.example/"]
    ),
    "server": lambda w: revoke_server_tokens(actor=TESTER, server_id=w.server.pk),
    "audience": lambda w: update_server(actor=TESTER, server_id=w.server.pk, audience="api://new"),
}


@pytest.mark.parametrize("format_", ["jwt", "opaque"])
@pytest.mark.parametrize("cause", CAUSES)
def test_row_190_a_right_signature_saves_no_token(
    client: Browser, db: None, cause: str, format_: str
) -> None:
    world = make_world(access_token_format=format_)
    text = world.user_tokens(client)["access_token"]
    assert world.is_active(client, text)
    CAUSES[cause](world)
    assert introspect(client, world.server, text, world.web_auth).content == INACTIVE


def test_row_190_a_revoked_key_ends_its_tokens_and_a_rotated_one_does_not(
    client: Browser, world: World
) -> None:
    text = world.service_token(client)
    key = world.server.keys.get(state="CURRENT")
    rotate_keys(actor=TESTER, server_id=world.server.pk)
    assert world.is_active(client, text, world.service_auth)
    revoke_key(actor=TESTER, server_id=world.server.pk, kid=key.kid)
    assert introspect(client, world.server, text, world.service_auth).content == INACTIVE


def test_row_190_a_stopped_client_hears_nothing_and_others_hear_inactive(
    client: Browser, world: World
) -> None:
    set_resource_servers(actor=TESTER, server_id=world.server.pk, client_ids=[world.web.pk])
    text = world.service_token(client)
    assert world.is_active(client, text)
    deactivate_client(actor=TESTER, client=world.service)
    assert introspect(client, world.server, text, world.web_auth).content == INACTIVE
    told = introspect(client, world.server, text, world.service_auth)
    assert_refused(told, 401, "invalid_client")


def test_an_inactive_server_has_no_live_tokens_and_still_knows_its_clients(
    client: Browser, world: World
) -> None:
    text = world.service_token(client)
    deactivate_server(actor=TESTER, server_id=world.server.pk)
    assert introspect(client, world.server, text, world.service_auth).content == INACTIVE
    wrong = introspect(client, world.server, text, (world.service.client_id, "wrong"))
    assert_refused(wrong, 401, "invalid_client")


def test_row_192_a_truncated_or_extended_token_is_another_one(
    client: Browser, opaque_world: World
) -> None:
    world = opaque_world
    texts = [world.service_token(client), *world.user_tokens(client).values()]
    for text in (text for text in texts if str(text).startswith("az")):
        for other in (text[:-1], text + "A", text[1:], text + " ", text.upper(), " " + text):
            told = introspect(client, world.server, other, world.service_auth)
            assert told.content == INACTIVE
            if other.strip() == other:
                assert_refused(userinfo(client, world.server, other), 401, "invalid_token")


@pytest.mark.fault
@pytest.mark.parametrize("failure", [OperationalError, StorageError])
def test_row_193_a_database_that_is_down_is_a_503_and_no_guess(
    client: Browser, world: World, failure: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = world.service_token(client)

    async def down(*args: object) -> None:
        raise failure

    monkeypatch.setattr(DjangoStore, "read", down)
    told = introspect(client, world.server, text, world.service_auth)
    assert_refused(told, 503, "temporarily_unavailable")
    assert int(told.headers["Retry-After"]) > 0


@pytest.mark.fault
def test_row_193_a_configuration_that_cannot_be_read_is_a_503(
    client: Browser, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apps.oauth import runtime

    def down(*args: object) -> None:
        raise OperationalError

    monkeypatch.setattr(runtime, "compile_client", down)
    told = introspect(client, world.server, "x", world.service_auth)
    assert_refused(told, 503, "temporarily_unavailable")


def test_row_193_redis_that_is_down_changes_no_answer(
    client: Browser, world: World, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    from django.core.cache import cache
    from redis.exceptions import TimeoutError as RedisHangs

    def down(*args: object, **kwargs: object) -> None:
        raise RedisHangs

    settings.REDIS_URL = "redis://configured"
    for name in ("get", "add", "incr", "set"):
        monkeypatch.setattr(cache, name, down, raising=False)
    assert world.is_active(client, world.service_token(client), world.service_auth)


def test_row_194_nobody_keeps_an_answer(client: Browser, world: World) -> None:
    for text in (world.service_token(client), "unknown"):
        told = introspect(client, world.server, text, world.service_auth)
        assert "no-store" in told.headers["Cache-Control"]
        assert told.headers["Content-Type"] == "application/json"
        assert not told.cookies and "ETag" not in told.headers


def test_g5_introspection_writes_no_row(client: Browser, world: World) -> None:
    text = world.service_token(client)
    introspect(client, world.server, text, world.service_auth)
    before = stored()
    for candidate in (text, "unknown"):
        introspect(client, world.server, candidate, world.service_auth)
    assert stored() == before
    assert json.loads(token(client, world.server, world.service_auth).content)
