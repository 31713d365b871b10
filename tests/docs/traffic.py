"""People and services of the demo at work, for pictures: real requests to a real installation."""

from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from playwright.sync_api import Browser, Page, Route

CALLBACK = "http://localhost:9000/callback"
SERVICE = "demo-service"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636, appendix B
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


class Shop:
    """The demo's applications."""

    def __init__(self, browser: Browser, url: str, secrets: dict[str, str], password: str) -> None:
        self.browser, self.url, self.secrets, self.password = browser, url, secrets, password

    def open_for_business(self) -> str:
        """Services ask, people sign in, some are refused; a service's token."""
        for scope in ("orders:read", "orders:ship", "orders:write", "orders:read orders:ship"):
            self.ask(scope)
        for name, scope in (
            ("bob", "openid orders:read"),
            ("carol", "openid orders:read"),
            ("carol", "openid orders:write"),
            ("frank", "openid orders:read offline_access"),
            ("alice", "openid orders:read orders:write offline_access"),
        ):
            self.visit(f"{name}@example.com", scope)
        token = self.ask("orders:read").json()["access_token"]
        self.ask("orders:read orders:delete")
        return str(token)

    def ask(self, scope: str) -> httpx.Response:
        """As the service."""
        form = {"grant_type": "client_credentials", "scope": scope}
        at = f"{self.url}/oauth2/default/v1/token"
        return httpx.post(at, data=form, auth=(SERVICE, self.secrets[SERVICE]))

    def visit(self, login: str, scope: str) -> None:
        """A person at the demo's web application, up to the application's page."""
        page = self.browser.new_context().new_page()
        page.route(f"{CALLBACK}**", arrived)
        query = {
            "client_id": "demo-web",
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": scope,
            "state": "picture",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        page.goto(f"{self.url}/oauth2/default/v1/authorize?{urlencode(query)}")
        page.fill("[name=login]", login)
        page.fill("[name=password]", self.password)
        page.click("button[type=submit]")
        allow(page)
        page.wait_for_url(f"{CALLBACK}**")
        code = parse_qs(urlsplit(page.url).query).get("code", [""])[0]
        page.context.close()
        if code:
            self._exchange(code)

    def _exchange(self, code: str) -> None:
        """As the web application."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
        at = f"{self.url}/oauth2/default/v1/token"
        auth = ("demo-web", self.secrets["demo-web"])
        answer = httpx.post(at, data=form | {"code_verifier": VERIFIER}, auth=auth)
        assert answer.status_code == 200, answer.text


def allow(page: Page) -> None:
    """Where the application asks."""
    page.wait_for_load_state()
    button = page.get_by_role("button", name="Allow")
    if button.count():
        button.click()


def arrived(route: Route) -> None:
    """The application isn't there; its page is."""
    route.fulfill(status=200, content_type="text/html", body="<h1>Arrived</h1>")
