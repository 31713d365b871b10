"""Rows 53-57: assertions of other shapes than a compact, signed JWT."""

from typing import Any

import pytest
from django.test import Client as Browser
from joserfc.jwk import ECKey

from apps.oauth import outbound
from tests.oauth.client_authentication.assertions import (
    ask_with,
    claims,
    make_assertion_client,
    refuse,
    segment,
    sign,
    signed_by_hand,
)
from tests.oauth.http import assert_refused, every, every_endpoint
from tests.oauth.world import World

pytestmark = pytest.mark.once  # no statement differs between the databases

OTHER = ECKey.generate_key("P-256", {"kid": "one"})


@every("name", ["jku", "x5u"])
@every("url", ["https://attacker.example/k", "http://169.254.169.254/", "BASE"])
@every_endpoint
def test_row_053_an_address_of_keys_inside_the_assertion_is_never_fetched(
    client: Browser, world: World, endpoint: str, name: str, url: str, monkeypatch
) -> None:
    calls: list[str] = []
    monkeypatch.setattr(outbound, "fetch_json", lambda *args, **kwargs: calls.append(args[0]))
    body = claims(make_assertion_client().client_id, world.issuer)
    refuse(client, world, endpoint, sign(body, OTHER, {name: url.replace("BASE", world.issuer)}))
    assert not calls


@every_endpoint
def test_row_053_a_certificate_inside_the_assertion_is_no_key(
    client: Browser, world: World, endpoint: str
) -> None:
    body = claims(make_assertion_client().client_id, world.issuer)
    refuse(client, world, endpoint, sign(body, OTHER, {"x5c": ["MIIB"]}))


@every("crit", [["exp"], ["unknown"], [], "exp", None, 1, ["b64"], [1], [None]])
@every_endpoint
def test_row_054_an_extension_that_must_be_understood_is_a_401(
    client: Browser, world: World, endpoint: str, crit: Any
) -> None:
    body = claims(make_assertion_client().client_id, world.issuer)
    header = {"alg": "ES256", "kid": "one", "crit": crit}
    refuse(client, world, endpoint, signed_by_hand(body, header))


@every_endpoint
def test_row_055_an_unencoded_payload_is_a_401(
    client: Browser, world: World, endpoint: str
) -> None:
    body = claims(make_assertion_client().client_id, world.issuer)
    for extra in ({}, {"crit": ["b64"]}):
        header = {"alg": "ES256", "kid": "one", "b64": False, **extra}
        refuse(client, world, endpoint, signed_by_hand(body, header))


JWE_HEADERS: list[dict[str, Any]] = [
    {"alg": "RSA-OAEP", "enc": "A256GCM"},
    {"alg": "dir", "enc": "A128GCM", "zip": "DEF"},
    {"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2c": 2**31, "p2s": "AAAA"},
]


@every("header", JWE_HEADERS)
@every_endpoint
def test_row_056_nothing_is_decrypted(
    client: Browser, world: World, endpoint: str, header: dict[str, Any]
) -> None:
    ident = make_assertion_client().client_id
    jwe = ".".join([segment(header), "AAAA", "AAAA", "AAAA", "AAAA"])
    response = ask_with(client, world, endpoint, jwe, client_id=ident)
    assert_refused(response, 401, "invalid_client")


@every_endpoint
def test_row_056_a_nested_assertion_is_a_401(client: Browser, world: World, endpoint: str) -> None:
    ident = make_assertion_client().client_id
    text = sign(claims(ident, world.issuer))
    for _ in range(5):
        text = sign(text.encode(), header={"cty": "JWT"})
    response = ask_with(client, world, endpoint, text, client_id=ident)
    assert_refused(response, 401, "invalid_client")


SHAPES = {
    "a big header": segment({"alg": "ES256", "kid": "one", "x": "a" * 10_000}) + ".e30.AAAA",
    "dots": "." * 16_000,
    "a deep header": segment(b'{"a":' * 2000 + b"1" + b"}" * 2000) + ".e30.AAAA",
    "deep claims": segment({"alg": "ES256"}) + "." + segment(b"[" * 9000) + ".AAAA",
    "flattened JSON": '{"payload":"e30","protected":"e30","signature":"AAAA"}',
    "no dots": "assertion",
    "not base64": "!!!.???.###",
    "empty": "..",
    "not ASCII": "é.é.é",
    "a list": f"{segment([1])}.{segment([1])}.AAAA",
    "numbers": f"{segment(b'9' * 5000)}.{segment(b'9' * 5000)}.AAAA",
}


@every("shape", SHAPES)
@every_endpoint
def test_row_057_a_text_that_is_no_jws_is_a_401_and_stays_out_of_the_log(
    client: Browser, world: World, endpoint: str, shape: str, caplog: pytest.LogCaptureFixture
) -> None:
    ident, text = make_assertion_client().client_id, SHAPES[shape]
    for data in ({"client_id": ident}, {}):
        response = ask_with(client, world, endpoint, text, **data)
        assert_refused(response, 401, "invalid_client")
    assert text not in repr([vars(record) for record in caplog.records]) or len(text) < 10


@every("spelling", ["", "jwt-bearer", "urn:ietf:params:oauth:grant-type:jwt-bearer"])
@every_endpoint
def test_an_assertion_of_another_type_is_a_401(
    client: Browser, world: World, endpoint: str, spelling: str
) -> None:
    text = sign(claims(make_assertion_client().client_id, world.issuer))
    response = ask_with(client, world, endpoint, text, client_assertion_type=spelling)
    assert_refused(response, 401, "invalid_client")
