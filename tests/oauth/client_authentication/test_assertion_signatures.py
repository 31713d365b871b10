"""Rows 38, 47-57: whose key, which algorithm, and nothing that the JWT chooses."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client as Browser
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

from tests.oauth.client_authentication.assertions import (
    KEY,
    ask_with,
    claims,
    make_assertion_client,
    public,
    refuse,
    segment,
    sign,
    signed_by_hand,
)
from tests.oauth.http import assert_refused, every, every_endpoint, token
from tests.oauth.world import World

pytestmark = pytest.mark.once  # no statement differs between the databases

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


@every("alg", ALGORITHM_KEYS)
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


@every("alg", ["none", "None", "nOnE", "NONE", "", None, 1, ["ES256"], {"a": 1}])
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


@every("form", PUBLIC_TEXTS)
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


@every("alg", ["RS512", "PS256"])
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


@every(("claimed", "alg"), [("RS256", "PS256"), ("ES256", "ES384")])
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


@every("kid", KIDS)
@every_endpoint
def test_row_051_a_kid_is_only_compared_within_the_clients_keys(
    client: Browser, world: World, endpoint: str, kid: Any
) -> None:
    body = claims(make_assertion_client().client_id, world.issuer)
    refuse(client, world, endpoint, signed_by_hand(body, {"alg": "ES256", "kid": kid}))


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
