"""django-oauth-toolkit leaves the form of access tokens to a function of the project: opaque ones
by its own generator, JWTs signed as it signs ID tokens, by jwcrypto; the key is parsed once."""

import json
import os
import time
import uuid
from functools import cache
from pathlib import Path
from typing import Any

from jwcrypto.jwk import JWK  # type: ignore[import-untyped]
from jwcrypto.jwt import JWT  # type: ignore[import-untyped]
from oauthlib.oauth2.rfc6749.tokens import random_token_generator

FILES = {"RS256": "rsa.pem", "ES256": "ec.pem"}


@cache
def key_of(algorithm: str) -> JWK:
    """A private key."""
    return JWK.from_pem((Path(os.environ["TOOLKIT_FOLDER"]) / FILES[algorithm]).read_bytes())


def access_token(request: Any, refresh_token: bool = False) -> str:
    """The client's name says which it gets."""
    algorithm = request.client.name
    if algorithm not in FILES:
        return str(random_token_generator(request, refresh_token))
    now = int(time.time())
    claims = {
        "iss": "http://127.0.0.1/o",
        "aud": "api://bench",
        "sub": request.client.client_id,
        "client_id": request.client.client_id,
        "scope": " ".join(request.scopes),
        "iat": now,
        "exp": now + 86400,
        "jti": str(uuid.uuid4()),
    }
    token = JWT(header=json.dumps({"alg": algorithm, "typ": "at+jwt"}), claims=json.dumps(claims))
    token.make_signed_token(key_of(algorithm))
    return str(token.serialize())
