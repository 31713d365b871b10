"""Rows 24-32: what headers may not do."""

import gzip
import json
from typing import Any

import pytest
from django.test import Client as Browser

from tests.oauth.http import (
    POSTED,
    assert_refused,
    basic,
    every,
    every_endpoint,
    path,
    post_raw,
    token,
    userinfo,
)
from tests.oauth.transport.valid import BODIES, addresses, spoiled
from tests.oauth.world import World, answer, stored

pytestmark = pytest.mark.once  # no statement differs between the databases

EVIL, GOOD = "https://evil.example", "https://app.example.com"
FORWARDED: dict[str, Any] = {
    "HTTP_X_FORWARDED_HOST": "evil.example",
    "HTTP_X_FORWARDED_PROTO": "https",
    "HTTP_X_FORWARDED_FOR": "127.0.0.1",
    "HTTP_FORWARDED": "for=127.0.0.1;host=evil.example;proto=https",
    "HTTP_X_SSL_CLIENT_CERT": "certificate",
    "HTTP_X_FORWARDED_PORT": "1",
    "HTTP_X_FORWARDED_PREFIX": "/evil",
}


def test_rows_024_025_forwarded_headers_of_strangers_change_no_document(
    client: Browser, world: World
) -> None:
    for url in addresses(world):
        assert client.get(url, **FORWARDED).content == client.get(url).content


def test_rows_024_025_forwarded_headers_of_strangers_change_no_issuer(
    client: Browser, world: World
) -> None:
    response = spoiled(client, world, "token", **FORWARDED)
    text = answer(response)["access_token"]
    url = path(world.server, "introspect")
    told = answer(post_raw(client, url, f"token={text}", world.service_auth, **FORWARDED))
    assert told["iss"] == world.issuer
    assert "Strict-Transport-Security" not in response.headers


@every("endpoint", [*POSTED, "userinfo"])
@every("host", ["evil.example", "testserver@evil.example", "testserver:80@evil", "a,b", "[::1", ""])
def test_row_026_an_unknown_host_is_a_400(
    client: Browser, world: World, endpoint: str, host: str
) -> None:
    url, before = path(world.server, endpoint), stored()
    body = BODIES.get(endpoint, "")
    response = post_raw(client, url, body, world.service_auth, HTTP_HOST=host)
    assert_refused(response, 400, "invalid_request")
    assert stored() == before


@every("host", ["evil.example", "testserver:x"])
def test_row_026_published_documents_know_their_host(
    client: Browser, world: World, host: str
) -> None:
    for url in addresses(world):
        assert client.get(url, HTTP_HOST=host).status_code == 400, url


def test_row_026_the_port_of_the_host_changes_no_issuer(client: Browser, world: World) -> None:
    for url in addresses(world):
        assert client.get(url, HTTP_HOST="testserver:1").content == client.get(url).content


@every_endpoint
def test_row_029_a_page_of_another_origin_may_not_read_the_answer(
    client: Browser, world: World, endpoint: str
) -> None:
    for auth in (world.web_auth, ("unknown", "unknown")):
        response = spoiled(client, world, endpoint, auth=auth, HTTP_ORIGIN=EVIL)
        assert not [name for name in response.headers if name.startswith("Access-Control")]


@every_endpoint
def test_row_029_a_page_of_the_clients_origin_may_read_answers_and_errors(
    client: Browser, world: World, endpoint: str
) -> None:
    for auth in (world.web_auth, (world.web_auth[0], "wrong")):
        response = spoiled(client, world, endpoint, auth=auth, HTTP_ORIGIN=GOOD)
        assert response.headers["Access-Control-Allow-Origin"] == GOOD
        assert response.headers["Vary"] == "Origin"
        assert "Access-Control-Allow-Credentials" not in response.headers


def test_row_029_the_origin_of_one_client_is_none_of_another(client: Browser, world: World) -> None:
    response = spoiled(client, world, "token", HTTP_ORIGIN=GOOD)  # the service client has none
    assert "Access-Control-Allow-Origin" not in response.headers


def test_row_029_userinfo_is_readable_for_the_origin_of_the_tokens_client(
    client: Browser, world: World
) -> None:
    text = world.user_tokens(client)["access_token"]
    for origin, allowed in ((GOOD, GOOD), (EVIL, None), ("null", None)):
        response = userinfo(client, world.server, text, HTTP_ORIGIN=origin)
        assert response.headers.get("Access-Control-Allow-Origin") == allowed


@every("endpoint", [*POSTED, "userinfo"])
@every(
    ("origin", "allowed"),
    [(GOOD, GOOD), (EVIL, None), ("null", None), ("", None), ("https://app.example.co", None)],
)
def test_row_029_a_preflight_is_granted_to_registered_origins(
    client: Browser, world: World, endpoint: str, origin: str, allowed: str | None
) -> None:
    response = client.options(path(world.server, endpoint), HTTP_ORIGIN=origin)
    assert response.status_code == 204
    assert response.headers.get("Access-Control-Allow-Origin") == allowed
    assert "Access-Control-Allow-Credentials" not in response.headers


@every("origin", ["https://a\0b", "%", "_", "https://" + "a" * 10_000])
def test_row_029_a_strange_origin_is_not_registered(
    client: Browser, world: World, origin: str
) -> None:
    response = client.options(path(world.server), HTTP_ORIGIN=origin)
    assert "Access-Control-Allow-Origin" not in response.headers


def test_row_029_published_documents_are_for_every_page_even_when_there_are_none(
    client: Browser, world: World
) -> None:
    for url in [*addresses(world), "/oauth2/unknown/v1/keys"]:
        assert client.get(url).headers["Access-Control-Allow-Origin"] == "*"
        assert client.options(url).headers["Access-Control-Allow-Origin"] == "*"


@every("encoding", ["gzip", "deflate", "br", "identity, gzip"])
@every_endpoint
def test_row_030_an_encoded_body_is_a_415_and_never_inflated(
    client: Browser, world: World, endpoint: str, encoding: str
) -> None:
    body = gzip.compress(BODIES[endpoint].encode())
    url, auth = path(world.server, endpoint), world.service_auth
    response = post_raw(client, url, body, auth, HTTP_CONTENT_ENCODING=encoding)
    assert_refused(response, 415, "invalid_request")


@every_endpoint
def test_row_032_giant_headers_that_nobody_reads_change_nothing(
    client: Browser, world: World, endpoint: str
) -> None:
    giant = {"HTTP_ACCEPT_LANGUAGE": "de," * 100_000, "HTTP_ACCEPT": "*/*," * 100_000}
    response = spoiled(client, world, endpoint, **giant, HTTP_USER_AGENT="a" * 100_000)
    assert response.status_code == 200


@every("header", ["Basic " + "A" * 100_000, "Bearer a", "a" * 9000, "\xff", " "])
@every_endpoint
def test_row_032_an_authorization_header_that_is_none_is_a_401(
    client: Browser, world: World, endpoint: str, header: str
) -> None:
    assert_refused(spoiled(client, world, endpoint, auth=header), 401, "invalid_client")


def test_row_032_ten_thousand_copies_of_a_header_are_one_long_value(
    client: Browser, world: World
) -> None:
    copies = ",".join([basic(*world.service_auth)] * 100)
    assert_refused(spoiled(client, world, "token", auth=copies), 401, "invalid_client")
    etags = ",".join(['"x"'] * 10_000)
    assert client.get(addresses(world)[0], HTTP_IF_NONE_MATCH=etags).status_code == 200


@every_endpoint
def test_g3_no_error_echoes_what_was_sent(client: Browser, world: World, endpoint: str) -> None:
    response = spoiled(client, world, endpoint, "scope=<canary>%00&x=canary")
    assert "canary" not in json.dumps(response.json())


def test_g3_answers_of_the_token_endpoint_are_stored_by_nobody(
    client: Browser, world: World
) -> None:
    response = token(client, world.server, world.service_auth)
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["Pragma"] == "no-cache"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert not response.cookies
