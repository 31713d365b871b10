"""Rows 14-22: octets that no honest client sends."""

import pytest
from django.test import Client as Browser

from tests.factories import make_client_and_secret
from tests.oauth.http import (
    assert_refused,
    basic,
    basic_raw,
    every,
    every_endpoint,
    path,
    post_raw,
    token,
    userinfo,
)
from tests.oauth.transport.valid import BODIES, addresses, spoiled
from tests.oauth.world import World, stored

NUL_ERRORS = {
    "code": (400, "invalid_grant"),
    "refresh_token": (400, "invalid_grant"),
    "scope": (400, "invalid_scope"),
    "client_id": (401, "invalid_client"),
}
NAMES = (*NUL_ERRORS, "client_secret", "state", "username", "user_code", "token_type_hint", "x")


@every("name", NAMES)
@every_endpoint
def test_row_014_a_nul_in_any_value_is_a_400_and_never_a_5xx(
    client: Browser, world: World, endpoint: str, name: str
) -> None:
    before = stored()
    response = spoiled(client, world, endpoint, f"{name}=a%00b")
    assert_refused(response, *NUL_ERRORS.get(name, (400, "invalid_request")))
    assert stored() == before


@every_endpoint
def test_row_014_a_nul_in_a_name_is_a_400(client: Browser, world: World, endpoint: str) -> None:
    assert_refused(spoiled(client, world, endpoint, "a%00b=c"), 400, "invalid_request")


@every("endpoint", ["introspect", "revoke"])
def test_row_014_a_nul_in_a_token_is_a_400(client: Browser, world: World, endpoint: str) -> None:
    url = path(world.server, endpoint)
    response = post_raw(client, url, "token=azat_%00", world.service_auth)
    assert_refused(response, 400, "invalid_request")


@every("pair", [b"cli\0ent:secret", b"client:sec\0ret", b"cli%00ent:secret"])
@every_endpoint
def test_row_014_a_nul_in_basic_is_a_401(
    client: Browser, world: World, endpoint: str, pair: bytes
) -> None:
    response = spoiled(client, world, endpoint, auth=basic_raw(pair))
    assert_refused(response, 401, "invalid_client")


@every("ident", ["a%00b", "%00", "a%0Ab", "a%7Fb"])
@every_endpoint
def test_row_014_a_control_in_the_path_is_an_unknown_server(
    client: Browser, world: World, endpoint: str, ident: str
) -> None:
    response = post_raw(client, path(ident, endpoint), BODIES[endpoint], world.service_auth)
    assert_refused(response, 404, "invalid_request")


def test_row_014_a_nul_reaches_no_statement_of_the_reading_endpoints(
    client: Browser, world: World
) -> None:
    for url in addresses(world):
        assert client.get(url.replace(world.server.pk, "a%00b")).status_code == 404
    assert_refused(userinfo(client, world.server, "azat_\0"), 401, "invalid_token")
    assert_refused(userinfo(client, "a%00b", "azat_x"), 404, "invalid_request")


@every(
    "octets", [b"%FF%FE", b"\xff\xfe", b"%C0%80", b"%ED%A0%80", b"\xed\xa0\x80", b"%F5%80%80%80"]
)
@every_endpoint
def test_row_015_octets_that_are_not_utf_8_are_a_400(
    client: Browser, world: World, endpoint: str, octets: bytes
) -> None:
    for name in (b"scope=", b"unheard_of=", b""):
        response = spoiled(client, world, endpoint, name + octets)
        assert_refused(response, 400, "invalid_request")


@every("octets", ["%FF", "%00", "%ED%A0%80", "%F5", "%"])
@every_endpoint
def test_row_015_the_query_is_held_to_the_same(
    client: Browser, world: World, endpoint: str, octets: str
) -> None:
    assert_refused(spoiled(client, world, endpoint, query=f"x={octets}"), 400, "invalid_request")


def test_row_015_raw_octets_of_the_query_are_held_to_the_same(
    client: Browser, world: World
) -> None:
    response = spoiled(client, world, "token", QUERY_STRING="x=\xff")
    assert_refused(response, 400, "invalid_request")


@every("control", ["%0D%0A", "%0A", "%09", "%1B", "%7F"])
def test_row_017_a_control_in_a_scope_is_an_invalid_scope(
    client: Browser, world: World, control: str
) -> None:
    response = spoiled(client, world, "token", f"scope=orders:read{control}Set-Cookie:a=b")
    assert_refused(response, 400, "invalid_scope")
    assert not response.cookies


@every("control", ["%0D%0A", "%09", "%1B"])
@every_endpoint
def test_row_017_a_control_in_a_client_id_is_an_unknown_client(
    client: Browser, world: World, endpoint: str, control: str
) -> None:
    body = f"{BODIES[endpoint]}&client_id=client{control}id&client_secret=secret"
    assert_refused(post_raw(client, path(world.server, endpoint), body), 401, "invalid_client")


@every(
    ("name", "length"),
    [("scope", 8193), ("client_secret", 8193), ("x", 30_000), ("client_assertion", 16_385)],
)
@every_endpoint
def test_row_019_one_value_too_long_is_a_400(
    client: Browser, world: World, endpoint: str, name: str, length: int
) -> None:
    response = spoiled(client, world, endpoint, f"{name}={'a' * length}")
    assert_refused(response, 400, "invalid_request")


@every_endpoint
def test_row_019_a_body_over_64_kib_is_a_413(client: Browser, world: World, endpoint: str) -> None:
    assert_refused(spoiled(client, world, endpoint, "a=b&" * 16_384), 413, "invalid_request")
    assert_refused(spoiled(client, world, endpoint, "a=b&" * 300_000), 413, "invalid_request")


@every("length", ["x", "-1", "1e9", "9" * 5000, "0" * 30 + "9" * 9])
@every_endpoint
def test_row_019_a_length_that_is_no_number_is_a_413(
    client: Browser, world: World, endpoint: str, length: str
) -> None:
    response = spoiled(client, world, endpoint, CONTENT_LENGTH=length)
    assert_refused(response, 413, "invalid_request")


@every_endpoint
def test_row_020_too_many_fields_are_a_400(client: Browser, world: World, endpoint: str) -> None:
    many = "&".join(f"f{number}=" for number in range(1001))
    assert_refused(spoiled(client, world, endpoint, many), 400, "invalid_request")


@every_endpoint
def test_row_020_too_many_pairs_in_the_query_are_a_400(
    client: Browser, world: World, endpoint: str
) -> None:
    many = "&".join(f"f{number}=" for number in range(10_000))
    assert_refused(spoiled(client, world, endpoint, query=many), 400, "invalid_request")


def test_row_020_too_many_pairs_change_nothing_where_no_parameter_is_read(
    client: Browser, world: World
) -> None:
    many = "&".join(f"f{number}=" for number in range(10_000))
    for url in addresses(world):
        assert client.get(f"{url}?{many}").content == client.get(url).content
    url = f"{path(world.server, 'userinfo')}?{many}"
    assert_refused(client.get(url), 400, "invalid_request")


@pytest.mark.parametrize("spelling", ["с{0}", "{0}\u0301", "{0} ", " {0}", "Ｃ{0}"])
@every_endpoint
def test_row_021_a_look_alike_of_a_client_id_is_another_client(
    client: Browser, world: World, endpoint: str, spelling: str
) -> None:
    name = f"client-name-{endpoint}"
    _, secret = make_client_and_secret("service", client_id=name)
    response = spoiled(client, world, endpoint, auth=basic(spelling.format(name), secret))
    assert_refused(response, 401, "invalid_client")


@every("scope", ["оrders:read", "orders：read", "orders:read\u0301", "Orders:read"])
def test_row_021_a_look_alike_of_a_scope_is_another_scope(
    client: Browser, world: World, scope: str
) -> None:
    response = token(client, world.server, world.service_auth, scope=scope)
    assert_refused(response, 400, "invalid_scope")


@every("broken", ["%ZZ", "%", "a%", "%2", "%u0041"])
@every_endpoint
def test_row_022_a_broken_escape_is_a_400(
    client: Browser, world: World, endpoint: str, broken: str
) -> None:
    assert_refused(spoiled(client, world, endpoint, f"scope={broken}"), 400, "invalid_request")


def test_row_022_nothing_is_decoded_twice(client: Browser, world: World) -> None:
    response = spoiled(client, world, "token", "scope=orders%253Aread")
    assert_refused(response, 400, "invalid_scope")
