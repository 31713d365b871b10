"""Assertions of `private_key_jwt` clients (RFC 7523), good but for what a test spoils."""

import base64
import json
import time
from itertools import count
from typing import Any

from django.test import Client as Browser
from joserfc import jws
from joserfc.jwk import ECKey, Key

from apps.clients.models import Client
from tests.factories import make_client
from tests.oauth.client_authentication.requests import ask
from tests.oauth.http import ASSERTION_TYPE, Response, assert_refused
from tests.oauth.world import World, stored

KEY = ECKey.generate_key("P-256", {"kid": "one"})
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
_REGISTRY = jws.JWSRegistry(
    algorithms=[*ALGORITHMS, "EdDSA", "HS256", "none"], strict_check_header=False
)
_REGISTRY.max_header_length = 10**7
_numbers = count(1)


def public(*keys: Key, **members: Any) -> dict[str, Any]:
    """The JWKS of these keys, each with these members, too."""
    return {"keys": [{**key.as_dict(private=False), **members} for key in keys]}


def make_assertion_client(*keys: Key, **fields: Any) -> Client:
    """A service client that authenticates with these keys, else with `KEY`."""
    given = {"token_endpoint_auth_method": "private_key_jwt", "jwks": public(*keys or (KEY,))}
    return make_client("service", **given | fields)


def claims(client_id: str, audience: Any, **spoiled: Any) -> dict[str, Any]:
    """Good claims; `spoiled` replaces some, None leaves one out."""
    now = int(time.time())
    given = {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "exp": now + 300,
        "jti": f"jti-{next(_numbers)}",
    }
    return {name: value for name, value in (given | spoiled).items() if value is not None}


def sign(
    payload: dict[str, Any] | bytes, key: Key = KEY, header: dict[str, Any] | None = None
) -> str:
    """The payload as a compact JWS; `header` members beside or instead of `alg` and `kid`."""
    members = {"alg": "ES256", "kid": "one"} | (header or {})
    members = {name: value for name, value in members.items() if value is not None}
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return jws.serialize_compact(members, raw, key, registry=_REGISTRY)


def segment(value: Any) -> str:
    """One segment of a compact JWS, made by hand."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def ask_with(
    browser: Browser, world: World, endpoint: str, assertion: str, **data: str
) -> Response:
    """A good request that authenticates with this assertion."""
    form = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
    return ask(browser, world, endpoint, **form | data)


def signed_by_hand(body: dict[str, Any], header: dict[str, Any], key: Key = KEY) -> str:
    """A right signature under a header that no library would write."""
    signing_input = f"{segment(header)}.{segment(body)}"
    alg = jws.JWSRegistry.algorithms["ES256"]
    return f"{signing_input}.{segment(alg.sign(signing_input.encode(), key))}"


def refuse(browser: Browser, world: World, endpoint: str, assertion: str) -> None:
    """The assertion is a 401 that changes nothing."""
    before = stored()[:4]
    assert_refused(ask_with(browser, world, endpoint, assertion), 401, "invalid_client")
    assert stored()[:4] == before
