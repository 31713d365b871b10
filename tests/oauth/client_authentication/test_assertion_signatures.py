"""Rows 38, 47-57: whose key, which algorithm, and nothing that the JWT chooses."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client as Browser
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

from apps.oauth import outbound
from tests.oauth.client_authentication.assertions import (
    KEY,
    ask_with,
    claims,
    make_assertion_client,
    public,
    segment,
    sign,
)
from tests.oauth.http import assert_refused, every_endpoint, token
from tests.oauth.world import World, stored

RSA = RSAKey.generate_key(2048, {"kid": "one"})
OTHER = ECKey.generate_key("P-256", {"kid": "one"})
ALGORITHM_KEYS: dict[str, Key] = {
    **{f"{family}{bits}": RSA for family in ("RS", "PS") for bits in (256, 384, 512)},
    "ES256": KEY,
    "ES384": ECKey.generate_key("P-384", {"kid": "one"}),
    "ES512": ECKey.generate_key("P-521", {"kid": "one"}),
    "EdDSA": OKPKey.generate_key("Ed25519", {"kid": "one"}),
}
PUBLIC_TEXTS = {
    "pem": RSA.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    "der": RSA.public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    "pkcs1": RSA.public_key.public_bytes(Encoding.PEM, PublicFormat.PKCS1),
    "jwk": json.dumps(RSA.as_dict(private=False)).encode(),
}


def refuse(browser: Browser, world: World, endpoint: str, assertion: str) -> None:
    """The assertion is a 401 that changes nothing."""
    before = stored()[:4]
    assert_refused(ask_with(browser, world, endpoint, assertion), 401, "invalid_client")
    assert stored()[:4] == before


@pytest.mark.parametrize("alg", ALGORITHM_KEYS)
@every_endpoint
def test_every_advertised_algorithm_works(
    client: Browser, world: World, endpoint: str, alg: str
) -> None:
    key = ALGORITHM_KEYS[alg]
    caller = make_assertion_client(key)
    text = sign(claims(caller.client_id, world.issuer), key, {"alg": alg})
    assert ask_with(client, world, endpoint, text).status_code == 200


@every_endpoint
def test_row_038_a_client_with_keys_has_no_secret(
    client: Browser, world: World, endpoint: str
) -> None:
    caller = make_assertion_client()
    response = token(client, world.server, (caller.client_id, "a-secret-of-some-kind"))
    assert_refused(response, 401, "invalid_client")


@every_endpoint
def test_row_038_a_client_with_a_secret_has_no_keys(
    client: Browser, world: World, endpoint: str
) -> None:
    refuse(client, world, endpoint, sign(claims(world.service.client_id, world.issuer)))


@pytest.mark.parametrize("alg", ["none", "None", "nOnE", "NONE", "", None, 1, ["ES256"], {"a": 1}])
@every_endpoint
def test_row_047_an_unsigned_assertion_is_a_401(
    client: Browser, world: World, endpoint: str, alg: object
) -> None:
    body = claims(make_assertion_client().client_id, world.issuer)
    header = {"kid": "one"} if alg is None else {"alg": alg, "kid": "one"}
    signature = sign(body).rpartition(".")[2]
    for end in ("", signature):
        refuse(client, world, endpoint, f"{segment(header)}.{segment(body)}.{end}")


@every_endpoint
def test_row_047_an_empty_signature_is_a_401(client: Browser, world: World, endpoint: str) -> None:
    text = sign(claims(make_assertion_client().client_id, world.issuer))
    refuse(client, world, endpoint, text.rpartition(".")[0] + ".")


@pytest.mark.parametrize("form", PUBLIC_TEXTS)
@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
@every_endpoint
def test_row_048_the_public_key_is_no_hmac_key(
    client: Browser, world: World, endpoint: str, form: str
) -> None:
    import hashlib
    import hmac

    body = claims(make_assertion_client(RSA).client_id, world.issuer)
    signing_input = f"{segment({'alg': 'HS256', 'kid': 'one'})}.{segment(body)}"
    mac = hmac.digest(PUBLIC_TEXTS[form], signing_input.encode(), hashlib.sha256)
    refuse(client, world, endpoint, f"{signing_input}.{segment(mac)}")


@every_endpoint
def test_row_049_the_secret_is_no_key_of_an_assertion(
    client: Browser, world: World, endpoint: str
) -> None:
    ident, secret = world.service_auth
    key = OctKey.import_key(secret)
    for caller in (ident, make_assertion_client().client_id):
        text = sign(claims(caller, world.issuer), key, {"alg": "HS256"})
        refuse(client, world, endpoint, text)


@pytest.mark.parametrize("alg", ["RS512", "PS256"])
@every_endpoint
def test_rows_049_050_an_algorithm_that_the_key_is_not_for_is_a_401(
    client: Browser, world: World, endpoint: str, alg: str
) -> None:
    caller = make_assertion_client(jwks=public(RSA, alg="RS256"))
    good = sign(claims(caller.client_id, world.issuer), RSA, {"alg": "RS256"})
    assert ask_with(client, world, endpoint, good).status_code == 200
    for kid in ("one", None):
        text = sign(claims(caller.client_id, world.issuer), RSA, {"alg": alg, "kid": kid})
        refuse(client, world, endpoint, text)


@pytest.mark.parametrize(("claimed", "alg"), [("RS256", "PS256"), ("ES256", "ES384")])
@every_endpoint
def test_row_050_the_algorithm_that_is_verified_is_the_one_that_is_claimed(
    client: Browser, world: World, endpoint: str, claimed: str, alg: str
) -> None:
    key = ALGORITHM_KEYS[alg]
    body = claims(make_assertion_client(key).client_id, world.issuer)
    signature = sign(body, key, {"alg": alg}).rpartition(".")[2]
    header = segment({"alg": claimed, "kid": "one"})
    refuse(client, world, endpoint, f"{header}.{segment(body)}.{signature}")


@every_endpoint
def test_row_050_an_algorithm_of_another_kind_of_key_is_a_401(
    client: Browser, world: World, endpoint: str
) -> None:
    for claimed in ("RS256", "EdDSA", "ES384", "ES512", "ES256K", "Ed25519"):
        body = claims(make_assertion_client().client_id, world.issuer)
        signature = sign(body).rpartition(".")[2]
        header = segment({"alg": claimed, "kid": "one"})
        refuse(client, world, endpoint, f"{header}.{segment(body)}.{signature}")


KIDS: list[Any] = [
    "../../dev/null",
    "' OR 1=1 --",
    "; cat /etc/passwd",
    "one\0",
    "One",
    "",
    1,
    True,
    ["one"],
    {"kid": "one"},
    "a" * 10_000,
]


@pytest.mark.parametrize("kid", KIDS, ids=range(len(KIDS)))
@every_endpoint
def test_row_051_a_kid_is_only_compared_within_the_clients_keys(
    client: Browser, world: World, endpoint: str, kid: Any
) -> None:
    body = claims(make_assertion_client().client_id, world.issuer)
    refuse(client, world, endpoint, signed_by_hand(body, {"alg": "ES256", "kid": kid}))


def signed_by_hand(body: dict[str, Any], header: dict[str, Any], key: Key = KEY) -> str:
    """A right signature under a header that no library would write."""
    from joserfc.jws import JWSRegistry

    signing_input = f"{segment(header)}.{segment(body)}"
    alg = JWSRegistry.algorithms["ES256"]
    return f"{signing_input}.{segment(alg.sign(signing_input.encode(), key))}"


@every_endpoint
def test_row_051_a_missing_kid_is_fine_with_one_key_and_not_with_two(
    client: Browser, world: World, endpoint: str
) -> None:
    second = ECKey.generate_key("P-256", {"kid": "two"})
    for keys, status in (((KEY,), 200), ((KEY, second), 401)):
        caller = make_assertion_client(*keys)
        text = sign(claims(caller.client_id, world.issuer), header={"kid": None})
        assert ask_with(client, world, endpoint, text).status_code == status


@every_endpoint
def test_row_052_a_key_inside_the_assertion_is_ignored(
    client: Browser, world: World, endpoint: str
) -> None:
    header = {"jwk": OTHER.as_dict(private=False)}
    body = claims(make_assertion_client().client_id, world.issuer)
    refuse(client, world, endpoint, sign(body, OTHER, header))


@pytest.mark.parametrize("name", ["jku", "x5u"])
@pytest.mark.parametrize("url", ["https://attacker.example/k", "http://169.254.169.254/", "BASE"])
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


@pytest.mark.parametrize("crit", [["exp"], ["unknown"], [], "exp", None, 1, ["b64"], [1], [None]])
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


@pytest.mark.parametrize("header", JWE_HEADERS, ids=range(len(JWE_HEADERS)))
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


@pytest.mark.parametrize("shape", SHAPES)
@every_endpoint
def test_row_057_a_text_that_is_no_jws_is_a_401_and_stays_out_of_the_log(
    client: Browser, world: World, endpoint: str, shape: str, caplog: pytest.LogCaptureFixture
) -> None:
    ident, text = make_assertion_client().client_id, SHAPES[shape]
    for data in ({"client_id": ident}, {}):
        response = ask_with(client, world, endpoint, text, **data)
        assert_refused(response, 401, "invalid_client")
    assert text not in repr([vars(record) for record in caplog.records]) or len(text) < 10


@pytest.mark.parametrize(
    "spelling", ["", "jwt-bearer", "urn:ietf:params:oauth:grant-type:jwt-bearer"]
)
@every_endpoint
def test_an_assertion_of_another_type_is_a_401(
    client: Browser, world: World, endpoint: str, spelling: str
) -> None:
    text = sign(claims(make_assertion_client().client_id, world.issuer))
    response = ask_with(client, world, endpoint, text, client_assertion_type=spelling)
    assert_refused(response, 401, "invalid_client")
