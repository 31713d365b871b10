"""Rows 2-13: what a form is, and what its parameters are."""

import logging

import pytest
from django.test import Client as Browser

from authzsite.domain.forms import SECRET_PARAMETERS
from tests.factories import REDIRECT_URI
from tests.oauth.http import assert_refused, every, every_endpoint, path, post_raw, token
from tests.oauth.transport.valid import BODIES, spoiled
from tests.oauth.world import World, answer, stored


@every("name", sorted(SECRET_PARAMETERS))
@every_endpoint
def test_row_002_a_secret_in_the_url_is_a_400(
    client: Browser, world: World, endpoint: str, name: str
) -> None:
    before = stored()
    body = assert_refused(
        spoiled(client, world, endpoint, query=f"{name}=x"), 400, "invalid_request"
    )
    assert "URL" in body["error_description"] and stored() == before


@every_endpoint
def test_row_002_a_secret_in_the_url_never_authenticates(
    client: Browser, world: World, endpoint: str
) -> None:
    ident, secret = world.service_auth
    url = f"{path(world.server, endpoint)}?client_id={ident}&client_secret={secret}"
    assert_refused(post_raw(client, url, BODIES[endpoint]), 400, "invalid_request")


@every_endpoint
def test_row_002_no_log_line_holds_the_query(
    client: Browser, world: World, endpoint: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    spoiled(client, world, endpoint, query="client_secret=canary")
    assert caplog.records
    assert "canary" not in repr([vars(record) for record in caplog.records])


@every("value", ["orders:read", "other"])
def test_row_003_a_parameter_in_query_and_body_is_a_400(
    client: Browser, world: World, value: str
) -> None:
    response = spoiled(client, world, "token", "scope=orders:read", query=f"scope={value}")
    assert_refused(response, 400, "invalid_request")


@every(
    "content_type",
    ["application/json", "text/plain", "", "application/x-www-form-urlencoded-x", "*/*"],
)
@every_endpoint
def test_rows_004_005_another_media_type_is_a_400_that_names_ours(
    client: Browser, world: World, endpoint: str, content_type: str
) -> None:
    url = path(world.server, endpoint)
    response = post_raw(
        client, url, BODIES[endpoint], world.service_auth, content_type=content_type
    )
    body = assert_refused(response, 400, "invalid_request")
    assert "application/x-www-form-urlencoded" in body["error_description"]


@every(
    "content_type",
    ["APPLICATION/X-WWW-FORM-URLENCODED", "application/x-www-form-urlencoded ; charset=UTF-8"],
)
def test_row_005_the_media_type_is_compared_without_case(
    client: Browser, world: World, content_type: str
) -> None:
    answer(
        post_raw(
            client,
            path(world.server),
            BODIES["token"],
            world.service_auth,
            content_type=content_type,
        )
    )


@every("boundary", ["; boundary=b", "; boundary=other", ""])
@every_endpoint
def test_row_006_multipart_is_a_400(
    client: Browser, world: World, endpoint: str, boundary: str
) -> None:
    body = '--b\r\nContent-Disposition: form-data; name="token"\r\n\r\nx\r\n--b--\r\n'
    url, content_type = path(world.server, endpoint), "multipart/form-data" + boundary
    response = post_raw(client, url, body, world.service_auth, content_type=content_type)
    assert_refused(response, 400, "invalid_request")


@every("charset", ["utf-16", "UTF-7", '"utf-32"', "utf16"])
@every_endpoint
def test_row_007_another_encoding_than_utf_8_is_a_400_in_json(
    client: Browser, world: World, endpoint: str, charset: str
) -> None:
    url, content_type = (
        path(world.server, endpoint),
        f"application/x-www-form-urlencoded; charset={charset}",
    )
    response = post_raw(
        client, url, BODIES[endpoint], world.service_auth, content_type=content_type
    )
    assert_refused(response, 400, "invalid_request")


def test_row_007_a_bogus_encoding_is_read_as_utf_8(client: Browser, world: World) -> None:
    content_type = "application/x-www-form-urlencoded; charset=bogus"
    answer(
        post_raw(
            client,
            path(world.server),
            BODIES["token"],
            world.service_auth,
            content_type=content_type,
        )
    )


@every("second", ["a", "b"])
@every(
    "name",
    [
        "grant_type",
        "scope",
        "code",
        "redirect_uri",
        "code_verifier",
        "refresh_token",
        "client_id",
        "client_secret",
        "client_assertion",
        "token",
        "token_type_hint",
        "unheard_of",
    ],
)
@every_endpoint
def test_row_008_a_repeated_parameter_is_a_400(
    client: Browser, world: World, endpoint: str, name: str, second: str
) -> None:
    before = stored()
    response = spoiled(client, world, endpoint, f"{name}=a&{name}={second}")
    assert_refused(response, 400, "invalid_request")
    assert stored() == before


@every("name", ["resource", "audience"])
def test_row_008_resource_and_audience_may_repeat(client: Browser, world: World, name: str) -> None:
    answer(spoiled(client, world, "token", f"{name}=https://a&{name}=https://b"))


@every("name", ["client_id[]", "client_id[0]", "client_id.x", "Client_Id"])
def test_row_009_a_name_that_looks_like_another_is_ignored(
    client: Browser, world: World, name: str
) -> None:
    ident, secret = world.service_auth
    body = f"{BODIES['token']}&{name}={ident}&client_secret={secret}"
    assert_refused(post_raw(client, path(world.server), body), 401, "invalid_client")


def test_row_010_a_semicolon_separates_nothing(client: Browser, world: World) -> None:
    ident, secret = world.service_auth
    body = f"{BODIES['token']}&a=1;client_id={ident}&client_secret={secret}"
    assert_refused(post_raw(client, path(world.server), body), 401, "invalid_client")


def test_row_011_an_empty_parameter_is_an_absent_one(client: Browser, world: World) -> None:
    empty = "scope=&code=&refresh_token=&client_id=&client_secret=&client_assertion=&username="
    members = answer(spoiled(client, world, "token", empty))
    assert members["scope"] == "orders:read"  # the default scope (R4)


@every("name", ["code", "redirect_uri", "grant_type"])
def test_row_011_an_empty_parameter_is_missing_where_it_is_needed(
    client: Browser, world: World, name: str
) -> None:
    good = {
        "grant_type": "authorization_code",
        "code": world.code(),
        "redirect_uri": REDIRECT_URI,
    }
    first = token(client, world.server, world.web_auth, **good | {name: ""})
    error = "invalid_grant" if name == "redirect_uri" else "invalid_request"
    assert_refused(first, 400, error)


def test_row_011_an_empty_verifier_is_none(client: Browser, world: World) -> None:
    data = {"grant_type": "authorization_code", "redirect_uri": REDIRECT_URI, "code_verifier": ""}
    answer(token(client, world.server, world.web_auth, code=world.code(), **data))


@every(
    ("grant_type", "error"),
    [
        ("", "invalid_request"),
        ("password", "unsupported_grant_type"),
        ("implicit", "unsupported_grant_type"),
        ("authorization_code", "unauthorized_client"),
        ("refresh_token", "unauthorized_client"),
    ],
)
def test_row_012_a_grant_type_is_missing_unknown_or_not_the_clients(
    client: Browser, world: World, grant_type: str, error: str
) -> None:
    before = stored()[:4]
    response = token(client, world.server, world.service_auth, grant_type=grant_type)
    assert_refused(response, 400, error)
    assert stored()[:4] == before


@every(
    "grant_type",
    ["Client_Credentials", "client_credentials ", " client_credentials", "client\u00a0credentials"],
)
def test_row_013_values_are_compared_as_octets(
    client: Browser, world: World, grant_type: str
) -> None:
    response = token(client, world.server, world.service_auth, grant_type=grant_type)
    assert_refused(response, 400, "unsupported_grant_type")
