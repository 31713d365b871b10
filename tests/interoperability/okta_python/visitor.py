"""A person who signs in to an application that the SDK has made."""

import base64
import hashlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

from tests.factories import PASSWORD, REDIRECT_URI
from tests.interoperability.person import Person

VERIFIER = "a-verifier-of-43-characters-or-more-0123456789"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=")
SCOPE = "openid offline_access orders"


@dataclass
class Visitor:
    """Somebody, an application and a server."""

    base_url: str
    server_id: str
    client_id: str
    secret: str
    login: str

    @property
    def issuer(self) -> str:
        return f"{self.base_url}/oauth2/{self.server_id}"

    def tokens(self) -> dict[str, Any]:
        """From the sign-in to the tokens."""
        query = {
            "client_id": self.client_id,
            "redirect_uri": REDIRECT_URI,
            "response_type": "code",
            "scope": SCOPE,
            "state": "s",
            "code_challenge": CHALLENGE.decode(),
            "code_challenge_method": "S256",
        }
        address = f"{self.issuer}/v1/authorize?{urlencode(query)}"
        back = Person(self.login, PASSWORD).go(address, REDIRECT_URI)
        given = parse_qs(urlsplit(back).query)
        assert "code" in given, given
        return self.token(
            grant_type="authorization_code",
            code=given["code"][0],
            redirect_uri=REDIRECT_URI,
            code_verifier=VERIFIER,
        )

    def token(self, **form: str) -> dict[str, Any]:
        """An answer of the token endpoint, which is a success."""
        answer = self.ask("token", **form)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def is_alive(self, token: str) -> bool:
        """What introspection says."""
        return bool(self.ask("introspect", token=token).json()["active"])

    def ask(self, endpoint: str, **form: str) -> requests.Response:
        """As the application."""
        return requests.post(
            f"{self.issuer}/v1/{endpoint}",
            data=form,
            auth=(self.client_id, self.secret),
            timeout=30,
        )
