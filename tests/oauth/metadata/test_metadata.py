"""Rows 214-219: discovery documents and keys (RFC 8414, RFC 7517)."""

import json
from typing import Any

import pytest
from django.test import Client as Browser
from joserfc import jws
from joserfc.jwk import KeySet

from apps.servers.services import deactivate_server, revoke_key, rotate_keys
from tests.factories import TESTER
from tests.oauth.http import assert_refused, every, path, token
from tests.oauth.transport.valid import PUBLISHED, addresses
from tests.oauth.world import World, answer

PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
UNADVERTISED_GRANTS = [
    "password",
    "implicit",
    "urn:ietf:params:oauth:grant-type:device_code",
    "urn:openid:params:grant-type:ciba",
    "urn:ietf:params:oauth:grant-type:token-exchange",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "urn:ietf:params:oauth:grant-type:saml2-bearer",
]


def document(browser: Browser, world: World, pattern: str) -> dict[str, Any]:
    """One published document."""
    return answer(browser.get(pattern.format(id=world.server.pk)))


def keys(browser: Browser, world: World) -> list[dict[str, Any]]:
    """The published keys."""
    found: list[dict[str, Any]] = answer(browser.get(path(world.server, "keys")))["keys"]
    return found


@every("pattern", PUBLISHED[1:])
@every("host", ["testserver", "localhost", "127.0.0.1:99"])
def test_row_214_the_issuer_is_the_configured_one(
    client: Browser, world: World, pattern: str, host: str
) -> None:
    told = answer(client.get(pattern.format(id=world.server.pk), HTTP_HOST=host))
    assert told["issuer"] == world.issuer
    for name, value in told.items():
        assert not name.endswith(("_endpoint", "_uri")) or value.startswith(f"{world.issuer}/v1/")


@pytest.mark.parametrize("pattern", PUBLISHED)
def test_row_214_a_server_that_isnt_there_is_a_404(
    client: Browser, world: World, pattern: str
) -> None:
    unknown = client.get(pattern.format(id="unknown"))
    assert unknown.status_code == 404
    assert json.loads(unknown.content)["errorCode"] == "E0000007"
    assert "no-store" in unknown.headers["Cache-Control"]
    deactivate_server(actor=TESTER, server_id=world.server.pk)
    stopped = client.get(pattern.format(id=world.server.pk))
    assert (stopped.status_code, stopped.content) == (404, unknown.content)  # D11


@every("pattern", PUBLISHED)
def test_row_214_another_spelling_is_a_404(client: Browser, world: World, pattern: str) -> None:
    url = pattern.format(id=world.server.pk)
    for other in (url + "/", url.replace("/oauth2/", "/oauth2//"), url.upper(), url + "%00"):
        assert client.get(other).status_code == 404, other


def test_row_215_advertised_grants_exist_and_others_dont(client: Browser, world: World) -> None:
    advertised = document(client, world, PUBLISHED[2])["grant_types_supported"]
    for grant_type in advertised:
        response = token(client, world.server, world.service_auth, grant_type=grant_type)
        assert json.loads(response.content).get("error") != "unsupported_grant_type"
    for grant_type in UNADVERTISED_GRANTS:
        assert grant_type not in advertised
        response = token(client, world.server, world.service_auth, grant_type=grant_type)
        assert_refused(response, 400, "unsupported_grant_type")


def test_row_215_advertised_endpoints_answer(client: Browser, world: World) -> None:
    told = document(client, world, PUBLISHED[1])
    for name in ("token", "introspection", "revocation", "userinfo", "authorization"):
        address = told[f"{name}_endpoint"].removeprefix("http://localhost:8000")
        assert client.get(address).status_code != 404, name
    assert client.get(told["jwks_uri"].removeprefix("http://localhost:8000")).status_code == 200


def test_row_215_advertised_methods_of_authentication_are_the_same_everywhere(
    client: Browser, world: World
) -> None:
    told = document(client, world, PUBLISHED[2])
    for endpoint in ("token", "introspection", "revocation"):
        methods = told[f"{endpoint}_endpoint_auth_methods_supported"]
        assert sorted(methods) == [
            "client_secret_basic",
            "client_secret_post",
            "none",
            "private_key_jwt",
        ]
        algorithms = told[f"{endpoint}_endpoint_auth_signing_alg_values_supported"]
        assert not [alg for alg in algorithms if alg.startswith(("HS", "none"))]


def test_row_215_the_id_token_is_signed_as_advertised(client: Browser, world: World) -> None:
    told = document(client, world, PUBLISHED[1])
    text = world.user_tokens(client)["id_token"]
    found = jws.deserialize_compact(text, KeySet.import_key_set({"keys": keys(client, world)}))
    assert [found.headers()["alg"]] == told["id_token_signing_alg_values_supported"]


def test_row_215_what_we_dont_do_is_not_advertised(client: Browser, world: World) -> None:
    for pattern in PUBLISHED[1:3]:
        told = document(client, world, pattern)
        assert told["response_types_supported"] == ["code"]
        assert told["code_challenge_methods_supported"] == ["S256"]
        assert told["request_parameter_supported"] is False
        assert "registration_endpoint" not in told


def test_row_216_keys_have_no_private_member(client: Browser, world: World) -> None:
    rotate_keys(actor=TESTER, server_id=world.server.pk)
    found = keys(client, world)
    assert len(found) == 3
    for key in found:
        assert not PRIVATE & key.keys()
        assert key["kty"] in ("RSA", "EC", "OKP") and key["use"] == "sig"
        assert key["kid"] and key["alg"] == "ES256"


def test_row_217_a_key_is_published_before_its_first_use_and_after_its_last(
    client: Browser, world: World
) -> None:
    before = {key["kid"] for key in keys(client, world)}
    old = world.service_token(client)
    rotate_keys(actor=TESTER, server_id=world.server.pk)
    kid = jws.extract_compact(world.service_token(client).encode()).headers()["kid"]
    assert kid in before
    jws.deserialize_compact(old, KeySet.import_key_set({"keys": keys(client, world)}))


def test_row_217_a_revoked_key_is_gone_at_once(client: Browser, world: World) -> None:
    kid = world.server.keys.get(state="CURRENT").kid
    revoke_key(actor=TESTER, server_id=world.server.pk, kid=kid)
    assert kid not in {key["kid"] for key in keys(client, world)}


def test_row_218_documents_are_cached_and_checked_by_their_etag(
    client: Browser, world: World
) -> None:
    for url in addresses(world):
        first = client.get(url)
        assert first.headers["Cache-Control"] == "max-age=3600, must-revalidate"
        assert not first.cookies and first.headers["X-Content-Type-Options"] == "nosniff"
        again = client.get(url, HTTP_IF_NONE_MATCH=first.headers["ETag"])
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]


def test_row_218_a_change_changes_the_etag(client: Browser, world: World) -> None:
    url = path(world.server, "keys")
    etag = client.get(url).headers["ETag"]
    rotate_keys(actor=TESTER, server_id=world.server.pk)
    assert client.get(url, HTTP_IF_NONE_MATCH=etag).status_code == 200


@every("query", ["?client_id=x", "?a=1;b=2", "?%00", "?callback=alert", "?%FF"])
def test_row_218_the_query_changes_nothing(client: Browser, world: World, query: str) -> None:
    for url in addresses(world):
        assert client.get(url + query).content == client.get(url).content


def test_head_is_get_without_the_body(client: Browser, world: World) -> None:
    for url in addresses(world):
        told, full = client.head(url), client.get(url)
        assert (told.status_code, told.content) == (200, b"")
        assert told.headers["ETag"] == full.headers["ETag"]
        assert told.headers["Content-Length"] == str(len(full.content))
