"""The application's side: a person signs in there, and its API asks what a token is worth."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

import httpx
from playwright.sync_api import Page

from tests.browser.story.console import PASSWORD, Console
from tests.browser.test_code_flow import Application
from tests.oauth.flow import CHALLENGE, VERIFIER

LOGIN = "ada@example.com"
CLIENT_ID = "shop-app"


class Shopping:
    """Ada's own browser, at the shop."""

    def __init__(self, page: Page, url: str, uri: str) -> None:
        self.page, self.base, self.uri = page, f"{url}/oauth2/orders/v1", uri

    def token(self) -> str:
        """The code flow, from the shop's link to an access token."""
        query = {
            "client_id": CLIENT_ID,
            "redirect_uri": self.uri,
            "response_type": "code",
            "scope": "openid orders:read orders:write",
            "state": "shopping",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        self.page.goto(f"{self.base}/authorize?{urlencode(query)}")
        self.page.get_by_label("Username").fill(LOGIN)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        self.page.get_by_role("heading", name="Arrived").wait_for()
        return self._exchange(Application.arrived[-1]["code"])

    def _exchange(self, code: str) -> str:
        form = {
            "grant_type": "authorization_code",
            "client_id": CLIENT_ID,
            "code": code,
            "redirect_uri": self.uri,
            "code_verifier": VERIFIER,
        }
        answer = httpx.post(f"{self.base}/token", data=form)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])


@contextmanager
def person(console: Console, uri: str) -> Iterator[Shopping]:
    """Another browser than the administrator's, which complains into the same list."""
    browser = console.page.context.browser
    assert browser is not None
    context = browser.new_context(java_script_enabled=console.has_script)
    page = context.new_page()
    console.watch(page)
    yield Shopping(page, console.url, uri)
    context.close()


def is_alive(console: Console, token: str) -> bool:
    """What the token's own client is told by introspection."""
    answer = httpx.post(
        f"{console.url}/oauth2/orders/v1/introspect",
        data={"client_id": CLIENT_ID, "token": token},
    )
    assert answer.status_code == 200, answer.text
    return bool(answer.json()["active"])
