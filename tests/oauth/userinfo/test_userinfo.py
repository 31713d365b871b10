"""Rows 209-213: bearer tokens at userinfo (RFC 6750, OIDC Core §5.3)."""

from typing import Any

import pytest
from django.test import Client as Browser

from apps.clients.services import unassign_user
from apps.directory.services import deactivate_user, update_user, verify_address
from apps.tokens import jwt
from tests.factories import TESTER, make_claim
from tests.oauth.http import FORM, assert_refused, every, path, post_raw, revoke, userinfo
from tests.oauth.world import World, answer, make_world, stored


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_claims_of_the_user_are_told(client: Browser, world: World, method: str) -> None:
    tokens = world.user_tokens(client, "openid profile email")
    header = {"Authorization": f"Bearer {tokens['access_token']}"}
    told = answer(client.generic(method, path(world.server, "userinfo"), headers=header))
    assert told["sub"] == world.user.pk
    assert told["email"] == world.user.email


@every("header", ["", "Bearer", "Bearer ", "Basic abc", "DPoP azat_x", "azat_x"])
def test_row_209_without_a_token_the_challenge_names_no_error(
    client: Browser, world: World, header: str
) -> None:
    headers = {"Authorization": header} if header else {}
    response = client.get(path(world.server, "userinfo"), headers=headers)
    assert_refused(response, 401, "invalid_request")
    assert response.headers["WWW-Authenticate"] == "Bearer"


@every("text", ["x", "azat_x", "a.b.c", "é", "a b", '"', "azat_" + "a" * 49])
def test_row_209_a_bad_token_is_a_401_with_its_error(
    client: Browser, world: World, text: str
) -> None:
    response = userinfo(client, world.server, text)
    assert_refused(response, 401, "invalid_token")
    assert response.headers["WWW-Authenticate"].startswith('Bearer error="invalid_token"')


def test_row_209_a_token_without_openid_is_a_403(client: Browser, world: World) -> None:
    text = world.user_tokens(client, "orders:read")["access_token"]
    response = userinfo(client, world.server, text)
    assert_refused(response, 403, "insufficient_scope")
    assert 'scope="openid"' in response.headers["WWW-Authenticate"]


@every("with_header", [True, False])
def test_row_210_a_token_in_the_url_or_the_form_is_a_400(
    client: Browser, world: World, with_header: bool
) -> None:
    text = world.user_tokens(client)["access_token"]
    url, auth = path(world.server, "userinfo"), f"Bearer {text}" if with_header else None
    headers = {"Authorization": auth} if auth else {}
    in_url = client.get(f"{url}?access_token={text}", headers=headers)
    in_form = post_raw(client, url, f"access_token={text}", auth, content_type=FORM)
    for response in (in_url, in_form):
        assert_refused(response, 400, "invalid_request")


def test_row_211_the_token_of_another_server_is_a_401(client: Browser, world: World) -> None:
    for format_ in ("jwt", "opaque"):
        other = make_world(access_token_format=format_)
        text = other.user_tokens(client)["access_token"]
        assert_refused(userinfo(client, world.server, text), 401, "invalid_token")


@pytest.mark.parametrize("format_", ["jwt", "opaque"])
def test_row_211_a_token_without_a_user_is_a_403(client: Browser, db: None, format_: str) -> None:
    world = make_world(access_token_format=format_)
    response = userinfo(client, world.server, world.service_token(client))
    assert_refused(response, 403, "insufficient_scope")


@every("name", ["refresh_token", "id_token"])
def test_row_211_another_kind_of_token_is_a_401(client: Browser, world: World, name: str) -> None:
    text = world.user_tokens(client)[name]
    assert_refused(userinfo(client, world.server, text), 401, "invalid_token")


CAUSES: dict[str, Any] = {
    "deactivated": lambda w: deactivate_user(actor=TESTER, user=w.user),
    "unassigned": lambda w: unassign_user(actor=TESTER, client=w.web, user=w.user),
}


@pytest.mark.parametrize("format_", ["jwt", "opaque"])
@pytest.mark.parametrize("cause", CAUSES)
def test_row_212_the_token_of_a_user_who_is_gone_is_a_401(
    client: Browser, db: None, cause: str, format_: str
) -> None:
    world = make_world(access_token_format=format_)
    text = world.user_tokens(client)["access_token"]
    answer(userinfo(client, world.server, text))
    CAUSES[cause](world)
    assert_refused(userinfo(client, world.server, text), 401, "invalid_token")


def test_row_212_a_revoked_token_is_a_401(client: Browser, world: World) -> None:
    text = world.user_tokens(client)["access_token"]
    revoke(client, world.server, text, world.web_auth)
    assert_refused(userinfo(client, world.server, text), 401, "invalid_token")


def test_row_213_the_subject_is_the_id_tokens(client: Browser, world: World) -> None:
    tokens = world.user_tokens(client)
    told = answer(userinfo(client, world.server, tokens["access_token"]))
    assert told["sub"] == jwt.unverified_claims(tokens["id_token"])["sub"] == world.user.pk


@pytest.mark.parametrize(
    ("scope", "members"),
    [
        ("openid", {"sub"}),
        ("openid email", {"sub", "email", "email_verified"}),
    ],
)
def test_row_213_only_granted_claims_are_told(
    client: Browser, world: World, scope: str, members: set[str]
) -> None:
    make_claim(world.server, "team", "'blue'", claim_type="IDENTITY", scopes=["profile"])
    make_claim(world.server, "internal", "'x'", claim_type="RESOURCE")
    text = world.user_tokens(client, scope)["access_token"]
    assert set(answer(userinfo(client, world.server, text))) == members


def test_oidc_5_1_email_verified_speaks_of_the_address_of_now(
    client: Browser, world: World
) -> None:
    def verified() -> Any:
        tokens = world.user_tokens(client, "openid email")
        return answer(userinfo(client, world.server, tokens["access_token"]))["email_verified"]

    user = world.user
    assert verified() is False
    verify_address(actor=TESTER, user=user, address=user.email)
    assert verified() is True
    update_user(actor=TESTER, user=user, email="another@example.org")
    assert verified() is False


def test_row_213_profile_brings_the_claims_that_ask_for_it(client: Browser, world: World) -> None:
    make_claim(world.server, "team", "'blue'", claim_type="IDENTITY", scopes=["profile"])
    text = world.user_tokens(client, "openid profile")["access_token"]
    assert answer(userinfo(client, world.server, text))["team"] == "blue"


def test_userinfo_writes_nothing_and_is_kept_by_nobody(client: Browser, world: World) -> None:
    text = world.user_tokens(client)["access_token"]
    before = stored()
    response = userinfo(client, world.server, text)
    assert stored() == before
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@every("method", ["PUT", "DELETE", "PATCH", "TRACE"])
def test_row_001_userinfo_is_read_with_get_or_post(
    client: Browser, world: World, method: str
) -> None:
    response = client.generic(method, path(world.server, "userinfo"))
    assert_refused(response, 405, "invalid_request")
    assert response.headers["Allow"] == "GET, POST"


def test_row_030_an_encoded_body_is_a_415(client: Browser, world: World) -> None:
    url = path(world.server, "userinfo")
    response = post_raw(client, url, "a=b", "Bearer x", HTTP_CONTENT_ENCODING="gzip")
    assert_refused(response, 415, "invalid_request")


def test_row_019_a_body_over_64_kib_is_a_413(client: Browser, world: World) -> None:
    url = path(world.server, "userinfo")
    assert_refused(post_raw(client, url, "a" * 2_000_000, "Bearer x"), 413, "invalid_request")
