"""A world in an installation of its own, and its client over real HTTP."""

import json
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from authzsite.domain.pkce import challenge_of
from tests.factories import PASSWORD, REDIRECT_URI
from tests.oauth import grants_fixture
from tests.processes import Installation

FORM = grants_fixture.FORM
REQUEST_SECONDS = 30.0  # a fault that takes longer than this to be answered has failed its test


def make(token_format: str = "opaque", **client: Any) -> dict[str, Any]:
    """Runs in the installation: a world, as JSON can carry it."""
    world = grants_fixture.make_world(token_format=token_format, **client)
    return {
        "server": world.server.pk,
        "client": world.client.client_id,
        "secret": world.secret,
        "user": world.user.pk,
        "login": world.user.login,
    }


@dataclass
class ServiceWorld:
    """The world as its client sees it."""

    url: str
    server: str
    client: str
    secret: str
    user: str
    login: str

    @classmethod
    def seed(cls, installation: Installation, **wanted: Any) -> "ServiceWorld":
        """Migrate the installation and make a world in it."""
        printed = installation.run("-m", "tests.faults.seed", json.dumps(wanted))
        return cls(installation.url, **json.loads(printed.strip().splitlines()[-1]))

    @property
    def base(self) -> str:
        return f"{self.url}/oauth2/{self.server}/v1"

    def post(
        self, endpoint: str, form: dict[str, str], seconds: float = REQUEST_SECONDS
    ) -> httpx.Response:
        """A request of the client, on a connection of its own."""
        return httpx.post(
            f"{self.base}/{endpoint}", data=form, auth=(self.client, self.secret), timeout=seconds
        )

    def token(self, scope: str = "orders:read") -> httpx.Response:
        """client_credentials: one read, one write."""
        return self.post("token", {"grant_type": "client_credentials", "scope": scope})

    def sign_in(self) -> httpx.Client:
        """A browser in which the user has signed in."""
        browser = httpx.Client(base_url=self.url, timeout=REQUEST_SECONDS)
        browser.get("/accounts/login/")
        form = {"login": self.login, "password": PASSWORD}
        answer = browser.post(
            "/accounts/login/", data={**form, "csrfmiddlewaretoken": browser.cookies["csrf"]}
        )
        assert answer.status_code == 302, answer.text
        return browser

    def authorize(self, browser: httpx.Client) -> httpx.Response:
        """The browser at the authorization endpoint."""
        query = {
            "client_id": self.client,
            "redirect_uri": REDIRECT_URI,
            "response_type": "code",
            "scope": grants_fixture.SCOPES,
            "state": "state",
            "code_challenge": challenge_of(grants_fixture.VERIFIER),
            "code_challenge_method": "S256",
        }
        return browser.get(f"{self.base}/authorize", params=query)

    def code(self, browser: httpx.Client) -> str:
        """A code of the signed-in user."""
        answer = self.authorize(browser)
        assert answer.status_code == 302, answer.text
        return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]

    def is_well(self) -> bool:
        """Whether every process of the web server grants again."""
        return all(self.token().status_code == 200 for _ in range(8))

    def exchange(self, code: str) -> httpx.Response:
        return self.post("token", grants_fixture.code_form(code))

    def user_tokens(self) -> dict[str, str]:
        """Tokens of a fresh grant, by way of the browser."""
        with closing(self.sign_in()) as browser:
            answer = self.exchange(self.code(browser))
        assert answer.status_code == 200, answer.text
        members: dict[str, str] = answer.json()
        return members

    def refresh(self, token: str) -> httpx.Response:
        return self.post("token", grants_fixture.refresh_form(token))

    def revoke(self, token: str) -> httpx.Response:
        return self.post("revoke", {"token": token})

    def is_active(self, token: str) -> bool:
        """What introspection says; anything but an answer fails the test."""
        response = self.post("introspect", {"token": token})
        assert response.status_code == 200, response.text
        return bool(response.json()["active"])


def assert_unavailable(response: httpx.Response) -> None:
    """I8: an honest 503 with Retry-After and the protocol's error body, never a 500."""
    assert response.status_code == 503, (response.status_code, response.text)
    assert response.headers["Retry-After"].isdigit()
    assert response.json()["error"] == "temporarily_unavailable"
