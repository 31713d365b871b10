"""Rows 183-194: what introspection tells, and whom (RFC 7662, R4a)."""

import json
from typing import Any

import pytest
from django.test import Client as Browser

from apps.servers.services import (
    set_resource_servers,
)
from authzsite.domain.tokens import Kind, mint
from tests.edge import STORES
from tests.factories import TESTER
from tests.oauth.http import (
    assert_refused,
    every,
    introspect,
    path,
    post_raw,
    revoke,
    token,
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


@every("auth", [None, "Bearer {token}", "Basic !!", ("unknown", "secret")])
def test_row_183_without_client_authentication_nothing_is_looked_up(
    client: Browser, world: World, auth: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = world.user_tokens(client)["access_token"]
    lookups: list[Any] = []

    def watching(read: Any) -> Any:
        async def watched(store: Any, server: str, caller: str, lookup: Any, now: Any) -> Any:
            lookups.append(caller)
            return await read(store, server, caller, lookup, now)

        return watched

    for store in STORES:
        monkeypatch.setattr(store, "read", watching(store.read))
    header = auth.format(token=text) if isinstance(auth, str) else auth
    assert_refused(introspect(client, world.server, text, header), 401, "invalid_client")
    assert (
        set(lookups) <= {"unknown"} and len(lookups) <= 2
    )  # by each edge, where one hands it over


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


@every("hint", ["refresh_token", "access_token", "id_token", "nonsense", ""])
def test_row_187_a_hint_changes_nothing(client: Browser, world: World, hint: str) -> None:
    tokens = world.user_tokens(client)
    for name in ("access_token", "refresh_token"):
        told = introspect(client, world.server, tokens[name], world.web_auth, token_type_hint=hint)
        assert answer(told)["active"] is True


@every("body", ["", "token=", "token=a&token=b", "token=a&token=a", "tokens=a"])
def test_row_188_no_token_or_two_are_a_400(client: Browser, world: World, body: str) -> None:
    response = post_raw(client, path(world.server, "introspect"), body, world.service_auth)
    assert_refused(response, 400, "invalid_request")


def test_g5_introspection_writes_no_row(client: Browser, world: World) -> None:
    text = world.service_token(client)
    introspect(client, world.server, text, world.service_auth)
    before = stored()
    for candidate in (text, "unknown"):
        introspect(client, world.server, candidate, world.service_auth)
    assert stored() == before
    assert json.loads(token(client, world.server, world.service_auth).content)
