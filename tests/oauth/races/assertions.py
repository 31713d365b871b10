"""Clients that authenticate by signed assertion, and their assertions (RFC 7523)."""

import json
import time
from dataclasses import replace
from typing import Any
from uuid import uuid4

from django.conf import settings
from joserfc import jws
from joserfc.jwk import ECKey

from tests.oauth.grants_fixture import World, make_world

KEY = ECKey.generate_key("P-256", {"kid": "key-1", "alg": "ES256", "use": "sig"})


def make_asserting_world(**fields: Any) -> World:
    """A world whose client signs assertions."""
    jwks = {"keys": [dict(KEY.as_dict(private=False))]}
    world = make_world(token_endpoint_auth_method="private_key_jwt", jwks=jwks, **fields)
    return replace(world, sign=assertion)


def assertion(world: World, jti: str = "") -> dict[str, str]:
    """The members of a request that prove who the client is."""
    now = int(time.time())
    claims = {
        "iss": world.client.client_id,
        "sub": world.client.client_id,
        "aud": f"{settings.BASE_URL}/oauth2/{world.server.pk}/v1/token",
        "iat": now,
        "exp": now + 300,
        "jti": jti or uuid4().hex,
    }
    header = {"alg": "ES256", "kid": "key-1"}
    text = jws.serialize_compact(header, json.dumps(claims), KEY, algorithms=["ES256"])
    return {
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": text,
    }
