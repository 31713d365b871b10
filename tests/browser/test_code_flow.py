"""The code flow in a real browser: our policies, cookies and redirects as Chromium understands
them."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from tests.factories import PASSWORD, make_scope
from tests.oauth.flow import World, address, exchange, make_world, parameters

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


class Application(BaseHTTPRequestHandler):
    """The client's redirect page: remembers what arrives by GET and by POST."""

    arrived: list[dict[str, str]] = []

    def do_GET(self) -> None:
        self.arrive(urlsplit(self.path).query)

    def do_POST(self) -> None:
        self.arrive(self.rfile.read(int(self.headers["Content-Length"])).decode())

    def arrive(self, text: str) -> None:
        if self.path.startswith("/cb"):
            self.arrived.append(dict(parse_qsl(text)))
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<link rel=icon href=data:,><h1>Arrived</h1>")

    def log_message(self, *args: Any) -> None:
        """Quiet."""


@pytest.fixture
def application() -> Iterator[str]:
    """The address of a redirect page, at another origin than ours."""
    Application.arrived = []
    server = HTTPServer(("127.0.0.1", 0), Application)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/cb"
    server.shutdown()
    server.server_close()


def make_application_world(uri: str, **client: Any) -> World:
    """A native client, which may be at a loopback address, that has to ask."""
    fields = {"token_endpoint_auth_method": "none", "consent_method": "REQUIRED", **client}
    world = make_world(client_type="native", redirect_uris=[uri], **fields)
    make_scope(world.server, "orders:read", consent="REQUIRED", display_name="Read your orders")
    return world


def open_flow(page: Page, live_server: LiveServer, world: World, uri: str, **more: Any) -> None:
    """What the application's link does."""
    query = parameters(world, redirect_uri=uri, scope="openid orders:read", **more)
    page.goto(f"{live_server.url}{address(world, 'authorize')}?{urlencode(query)}")


def sign_in(page: Page, world: World) -> None:
    """Type login and password."""
    page.get_by_label("Username").fill(world.user.login)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_sign_in_and_consent_end_at_the_application_with_a_code(
    browser_page: Page, live_server: LiveServer, application: str, mode: str
) -> None:
    world = make_application_world(application)
    open_flow(browser_page, live_server, world, application, response_mode=mode)
    sign_in(browser_page, world)
    browser_page.get_by_text("Read your orders").wait_for()
    browser_page.get_by_role("button", name="Allow").click()
    browser_page.get_by_role("heading", name="Arrived").wait_for()
    (members,) = Application.arrived
    assert members["state"] == "s-t_a.t,e"
    answer = exchange(world, members["code"], redirect_uri=application)
    assert answer.status_code == 200, answer.content


@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_without_a_question_the_sign_in_form_itself_ends_at_the_application(
    browser_page: Page, live_server: LiveServer, application: str, mode: str
) -> None:
    world = make_application_world(application, consent_method="TRUSTED")
    open_flow(browser_page, live_server, world, application, response_mode=mode)
    sign_in(browser_page, world)
    browser_page.get_by_role("heading", name="Arrived").wait_for()
    assert "code" in Application.arrived[0]


def test_a_fresh_proof_is_asked_for_and_ends_at_the_application(
    browser_page: Page, live_server: LiveServer, application: str
) -> None:
    world = make_application_world(application, consent_method="TRUSTED")
    open_flow(browser_page, live_server, world, application)
    sign_in(browser_page, world)
    browser_page.get_by_role("heading", name="Arrived").wait_for()
    open_flow(browser_page, live_server, world, application, prompt="login")
    browser_page.get_by_label("Password").fill(PASSWORD)
    browser_page.locator("form button[type=submit]").first.click()
    browser_page.get_by_role("heading", name="Arrived").wait_for()
    assert len(Application.arrived) == 2


def test_denying_goes_back_with_the_error(
    browser_page: Page, live_server: LiveServer, application: str
) -> None:
    world = make_application_world(application)
    open_flow(browser_page, live_server, world, application)
    sign_in(browser_page, world)
    browser_page.get_by_role("button", name="Deny").click()
    browser_page.get_by_role("heading", name="Arrived").wait_for()
    assert Application.arrived[0]["error"] == "access_denied"


def test_signing_out_asks_and_goes_back(
    browser_page: Page, live_server: LiveServer, application: str
) -> None:
    world = make_application_world(application, post_logout_redirect_uris=[application])
    open_flow(browser_page, live_server, world, application)
    sign_in(browser_page, world)
    query = urlencode(
        {"client_id": world.client.client_id, "post_logout_redirect_uri": application}
    )
    browser_page.get_by_text("Read your orders").wait_for()
    browser_page.goto(f"{live_server.url}{address(world, 'logout')}?{query}")
    browser_page.get_by_role("button", name="Sign out").click()
    browser_page.get_by_role("heading", name="Arrived").wait_for()
