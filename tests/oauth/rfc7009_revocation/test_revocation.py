"""Rows 196-208: what revocation ends, and for whom (RFC 7009)."""

from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client as Browser

from apps.systemlog.models import LogEvent
from apps.tokens.models import AccessToken, Grant, RevokedToken
from authzsite.domain.tokens import Kind, mint
from tests.factories import make_client
from tests.oauth.http import assert_refused, basic_raw, every, path, post_raw, revoke, userinfo
from tests.oauth.world import World, answer, issue_code, make_world, stored
from tests.races import at_once

EVENT = "app.oauth2.as.token.revoke"
formats = pytest.mark.parametrize("format_", ["jwt", "opaque"])


def end(browser: Browser, world: World, text: str, auth: Any = None, **data: str) -> None:
    """Revoke it; the answer is an empty 200, whatever there was."""
    response = revoke(browser, world.server, text, auth or world.web_auth, **data)
    assert (response.status_code, response.content) == (200, b"")
    assert "Content-Type" not in response.headers
    assert "no-store" in response.headers["Cache-Control"]


@formats
def test_row_196_a_refresh_token_takes_its_family_and_their_access_tokens_along(
    client: Browser, db: None, format_: str
) -> None:
    world = make_world(access_token_format=format_)
    first = world.user_tokens(client)
    second = answer(world.refresh(client, first["refresh_token"]))
    other = world.user_tokens(client)
    end(client, world, second["refresh_token"])
    for text in (first["access_token"], second["access_token"], second["refresh_token"]):
        assert not world.is_active(client, text)
    assert_refused(userinfo(client, world.server, first["access_token"]), 401, "invalid_token")
    assert_refused(world.refresh(client, second["refresh_token"]), 400, "invalid_grant")
    assert world.is_active(client, other["access_token"])  # row 207: another grant lives on


@formats
def test_row_197_an_access_token_ends_alone_when_its_client_revokes_it(
    client: Browser, db: None, format_: str
) -> None:
    world = make_world(access_token_format=format_)
    tokens = world.user_tokens(client)
    sibling = answer(world.refresh(client, tokens["refresh_token"]))
    end(client, world, tokens["access_token"])
    assert not world.is_active(client, tokens["access_token"])
    assert world.is_active(client, sibling["access_token"])
    answer(world.refresh(client, sibling["refresh_token"]))


@formats
def test_row_198_anothers_token_is_left_alone_and_the_try_is_logged(
    client: Browser, db: None, format_: str
) -> None:
    world = make_world(access_token_format=format_)
    public, tokens = make_client("browser"), world.user_tokens(client)
    for name in ("access_token", "refresh_token"):
        end(client, world, tokens[name], world.service_auth)
        end(client, world, tokens[name], basic_raw(public.client_id.encode()))
        assert world.is_active(client, tokens[name])
    tries = LogEvent.objects.filter(event_type=EVENT)
    assert set(tries.values_list("outcome", "reason")) == {("FAILURE", "mismatched_client")}
    assert tries.count() == 4


@pytest.mark.parametrize("is_in_header", [True, False])
def test_row_199_a_public_client_revokes_its_own_by_its_name_alone(
    client: Browser, world: World, is_in_header: bool
) -> None:
    public = make_client("browser", redirect_uris=["https://app.example.com/callback"])
    from apps.clients.services import assign_user
    from tests.factories import TESTER

    assign_user(actor=TESTER, client=public, user=world.user)
    _, grant = issue_code(world.server, public, world.user)
    assert grant.revoked_at is None
    text = refresh_token_of(grant)
    header = basic_raw(public.client_id.encode()) if is_in_header else None
    data = {} if is_in_header else {"client_id": public.client_id}
    response = revoke(client, world.server, text, header, **data)
    assert response.status_code == 200
    assert Grant.objects.get(pk=grant.pk).revoked_by == "client"


def refresh_token_of(grant: Grant) -> str:
    """A first refresh token of a grant, as the exchange of its code would have made it."""
    from datetime import timedelta

    from authzsite.domain.tokens import digest, mint_refresh, new_family_key

    key = new_family_key()
    text = mint_refresh(grant.pk, key)
    Grant.objects.filter(pk=grant.pk).update(
        family_key=key.hex(),
        refresh_digest=digest(Kind.REFRESH, text),
        idle_expires_at=grant.created + timedelta(hours=1),
    )
    return text


@every("auth", [None, ("unknown", "x"), "Bearer x", "WRONG", "NONE"])
def test_row_200_without_authentication_nothing_is_revoked(
    client: Browser, world: World, auth: Any
) -> None:
    tokens = world.user_tokens(client)
    ident = world.web.client_id
    header = {"WRONG": (ident, "wrong"), "NONE": basic_raw(ident.encode())}.get(str(auth), auth)
    before = stored()[:4]
    for name in ("access_token", "refresh_token", "id_token"):
        assert_refused(revoke(client, world.server, tokens[name], header), 401, "invalid_client")
    assert stored()[:4] == before


def test_row_201_what_is_no_live_token_is_a_200(client: Browser, world: World) -> None:
    tokens, other = world.user_tokens(client), make_world().service_token(client)
    end(client, world, tokens["refresh_token"])
    before = stored()[:4]
    dead = [
        tokens["refresh_token"],
        mint(Kind.ACCESS),
        "garbage",
        "a.b.c",
        other,
        "azrt_" + "a" * 90,
    ]
    for text in dead:
        end(client, world, text)
    assert stored()[:4] == before


@every("hint", ["refresh_token", "access_token", "nonsense", ""])
@every("name", ["access_token", "refresh_token"])
def test_row_202_a_hint_changes_nothing(
    client: Browser, world: World, hint: str, name: str
) -> None:
    text = world.user_tokens(client)[name]
    end(client, world, text, token_type_hint=hint)
    assert not world.is_active(client, text)


def test_row_203_codes_and_id_tokens_are_of_another_type(client: Browser, world: World) -> None:
    code, tokens = world.code(), world.user_tokens(client)
    for text in (code, tokens["id_token"], mint(Kind.DEVICE)):
        response = revoke(client, world.server, text, world.web_auth)
        assert_refused(response, 400, "unsupported_token_type")
    assert world.is_active(client, tokens["access_token"])


@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("name", ["jwt", "opaque", "refresh_token"])
def test_row_204_storage_that_fails_at_any_statement_is_a_503(number: int, name: str) -> None:
    browser, world = (
        Browser(),
        make_world(access_token_format=name if name != "refresh_token" else "jwt"),
    )
    tokens = world.user_tokens(browser)
    text = tokens[name if name == "refresh_token" else "access_token"]
    seen: list[str] = []

    def fail(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(sql)
        if len(seen) == number + 1:
            raise OperationalError
        return execute(sql, params, many, context)

    with connection.execute_wrapper(fail):
        response = revoke(browser, world.server, text, world.web_auth)
    if len(seen) <= number:
        assert response.status_code == 200  # there are fewer statements than that
        return
    assert_refused(response, 503, "temporarily_unavailable")
    assert int(response.headers["Retry-After"]) > 0
    assert world.is_active(browser, text)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["jwt", "opaque", "refresh_token"])
def test_row_205_of_fifty_at_once_all_are_200_and_one_is_logged(name: str) -> None:
    browser, world = (
        Browser(),
        make_world(access_token_format=name if name != "refresh_token" else "jwt"),
    )
    tokens = world.user_tokens(browser)
    text = tokens[name if name == "refresh_token" else "access_token"]

    def once() -> int:
        return int(revoke(Browser(), world.server, text, world.web_auth).status_code)

    assert at_once(*[once] * 50) == [200] * 50
    assert LogEvent.objects.filter(event_type=EVENT).count() == 1
    assert not world.is_active(browser, text)


def test_row_206_a_superseded_refresh_token_ends_its_family(client: Browser, world: World) -> None:
    first = world.user_tokens(client)["refresh_token"]
    second = answer(world.refresh(client, first))
    third = answer(world.refresh(client, second["refresh_token"]))
    end(client, world, first)
    for text in (third["refresh_token"], third["access_token"], second["access_token"]):
        assert not world.is_active(client, text)


def test_row_207_a_forged_refresh_token_of_a_grant_ends_nothing(
    client: Browser, world: World
) -> None:
    from authzsite.domain.tokens import mint_refresh

    text = world.user_tokens(client)["refresh_token"]
    grant = Grant.objects.get()
    end(client, world, mint_refresh(grant.pk, bytes(32)))
    assert world.is_active(client, text)


@every("name", ["callback", "jsonp"])
def test_row_208_a_callback_is_ignored(client: Browser, world: World, name: str) -> None:
    end(client, world, world.service_token(client), world.service_auth, **{name: "alert"})


@every("body", ["", "token=", "token=a&token=a"])
def test_no_token_or_two_are_a_400(client: Browser, world: World, body: str) -> None:
    response = post_raw(client, path(world.server, "revoke"), body, world.service_auth)
    assert_refused(response, 400, "invalid_request")


@formats
def test_revoking_twice_is_logged_once_and_leaves_one_row(
    client: Browser, db: None, format_: str
) -> None:
    world = make_world(access_token_format=format_)
    text = world.service_token(client)
    for _ in range(3):
        end(client, world, text, world.service_auth)
    assert LogEvent.objects.filter(event_type=EVENT).count() == 1
    revoked = AccessToken.objects.exclude(revoked_at=None).count() + RevokedToken.objects.count()
    assert revoked == 1


def test_the_event_of_a_revocation_names_the_token_by_digest_only(
    client: Browser, world: World
) -> None:
    text = world.service_token(client)
    end(client, world, text, world.service_auth)
    event = LogEvent.objects.get(event_type=EVENT)
    assert event.client_id == world.service.pk
    assert text not in repr(event.body) and text.split(".")[1] not in repr(event.body)
