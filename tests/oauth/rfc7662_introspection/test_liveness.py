"""Rows 189-195: tokens that lost what they stand on, and storage that fails."""

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client as Browser

from apps.clients.services import deactivate_client, update_client
from apps.directory.services import deactivate_user
from apps.servers.models import Claim
from apps.servers.services import (
    deactivate_server,
    lock_server,
    revoke_key,
    revoke_server_tokens,
    rotate_keys,
    set_resource_servers,
    touch,
    update_server,
)
from apps.tokens import jwt
from apps.tokens.django_store import DjangoStore
from apps.tokens.models import Grant
from apps.tokens.pipelined.store import PipelinedStore
from apps.tokens.store import StorageError
from authzsite.domain.validation import InvalidError
from tests.factories import TESTER, make_claim
from tests.oauth.http import (
    assert_refused,
    introspect,
    revoke,
    userinfo,
)
from tests.oauth.world import World, answer, make_world
from tests.races import at_once

INACTIVE = b'{"active":false}'


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

    for store in (DjangoStore, PipelinedStore):
        monkeypatch.setattr(store, "read", down)
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


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("format_", ["jwt", "opaque"])
def test_row_189_after_the_acknowledgement_nobody_hears_active(format_: str) -> None:
    browser, world = Browser(), make_world(access_token_format=format_)

    def ask() -> bytes:
        return bytes(introspect(Browser(), world.server, text, world.service_auth).content)

    for _ in range(20):
        text = world.service_token(browser)
        assert ask() != INACTIVE
        assert revoke(browser, world.server, text, world.service_auth).status_code == 200
        assert set(at_once(*[ask] * 10)) == {INACTIVE}


RESERVED = ["iss", "exp", "aud", "scope", "scp", "client_id", "active", "cnf", "jti", "cid", "iat"]


@pytest.mark.parametrize("format_", ["jwt", "opaque"])
def test_row_195_a_claim_that_is_ours_is_refused_and_never_evaluated(
    client: Browser, db: None, format_: str
) -> None:
    world = make_world(access_token_format=format_)
    for name in RESERVED:
        with pytest.raises(InvalidError):
            make_claim(world.server, name, "'forged'")
    for name in RESERVED:  # as a row that got there by another way
        Claim.objects.create(
            server=world.server, name=name, claim_type="RESOURCE", value="'forged'"
        )
    touch(lock_server(world.server.pk))
    text = world.service_token(client)
    told = answer(introspect(client, world.server, text, world.service_auth))
    assert "forged" not in repr(told) and told["iss"] == world.issuer
    assert "forged" not in repr(jwt.unverified_claims(text))
