"""The code flow as a client and a browser go through it, over HTTP: for every test that needs
tokens of a user.

    world = make_world()                         # server, policy, rule, client, assigned user
    browser = Browser(); sign_in(browser, world.user)
    tokens = exchange(world, authorize(browser, world).code).json()
    tokens = login_tokens(world)                 # all of it in one step
"""

import base64
import hashlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.test import Client as Browser

from apps.clients.models import Client
from apps.clients.services import assign_user
from apps.directory.models import User
from apps.servers.models import AuthorizationServer
from tests.factories import (
    PASSWORD,
    REDIRECT_URI,
    TESTER,
    make_client_and_secret,
    make_policy,
    make_rule,
    make_server,
    make_user,
)

VERIFIER = "a-verifier-of-43-characters-or-more-0123456789"
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)
FORM = "application/x-www-form-urlencoded"
Response = Any  # what the test client answers, with `json` and `context` beside Django's


@dataclass
class World:
    """A server that grants everything to everyone, a client, and a user who is assigned to it."""

    server: AuthorizationServer
    client: Client
    secret: str
    user: User


@dataclass
class Answer:
    """What came back from /authorize: the response, and the members of a redirect to the client."""

    response: Response
    members: dict[str, str]

    @property
    def code(self) -> str:
        """The code; the test fails here when there is none."""
        assert "code" in self.members, (self.response.status_code, self.members)
        return self.members["code"]

    @property
    def error(self) -> str:
        """The error's code, "" for none."""
        return self.members.get("error", "")

    @property
    def location(self) -> str:
        """Where the browser is sent, "" for a page."""
        return self.response.headers.get("Location", "")

    @property
    def is_page(self) -> bool:
        """Whether it is our own error page, from which nothing goes anywhere."""
        return self.response.status_code == 400 and not self.location


def make_world(*, client_type: str = "web", user: User | None = None, **client: Any) -> World:
    """One of each, ready for the code flow."""
    server = make_server()
    make_rule(make_policy(server))
    row, secret = make_client_and_secret(client_type, **client)
    user = user or make_user()
    assign_user(actor=TESTER, client=row, user=user)
    return World(server, row, secret, user)


def address(world: World, endpoint: str) -> str:
    """The path of an endpoint of the world's server."""
    return f"/oauth2/{world.server.pk}/v1/{endpoint}"


def sign_in(browser: Browser, user: User, password: str = PASSWORD, **extra: str) -> Response:
    """Through the sign-in page, as people do; `next` goes along in `extra`."""
    form = {"login": user.login, "password": password, **extra}
    return browser.post("/accounts/login/", form)


def parameters(world: World, **changes: Any) -> dict[str, str]:
    """A complete authorization request; a parameter that is changed to None is left out."""
    given = {
        "client_id": world.client.client_id,
        "redirect_uri": REDIRECT_URI,
        "response_type": "code",
        "scope": "openid",
        "state": "s-t_a.t,e",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **changes,
    }
    return {name: str(value) for name, value in given.items() if value is not None}


def authorize(browser: Browser, world: World, **changes: Any) -> Answer:
    """GET /authorize."""
    query = urlencode(parameters(world, **changes))
    return answer_of(browser.get(f"{address(world, 'authorize')}?{query}"))


def answer_of(response: Response) -> Answer:
    """The members that a redirect carries, in the query or the fragment."""
    parts = urlsplit(response.headers.get("Location", ""))
    return Answer(response, dict(parse_qsl(parts.fragment or parts.query, keep_blank_values=True)))


def follow(browser: Browser, answer: Answer) -> Answer:
    """The next page of our own that a redirect leads to."""
    return answer_of(browser.get(answer.location))


def resume_address(answer: Answer) -> str:
    """Where the request goes on after the sign-in page that it was sent to."""
    return dict(parse_qsl(urlsplit(answer.location).query))["next"]


def sign_in_and_return(browser: Browser, answer: Answer, user: User) -> Answer:
    """From being sent to the sign-in page to what /authorize then says."""
    response = sign_in(browser, user, next=resume_address(answer))
    return answer_of(browser.get(response.headers["Location"]))


def hidden_transaction(answer: Answer) -> str:
    """The transaction in the form of a consent page."""
    return str(answer.response.context["fields"]["transaction"])


def consent(
    browser: Browser, world: World, answer: Answer, action: str = "allow", **form: Any
) -> Answer:
    """Press a button of the consent page; `scope` is the list of optional scopes left ticked."""
    body = {"transaction": hidden_transaction(answer), "action": action, **form}
    return post_form(browser, address(world, "authorize"), body)


def post_form(browser: Browser, path: str, form: dict[str, Any]) -> Answer:
    """POST a form as browsers do."""
    return answer_of(browser.post(path, urlencode(form, doseq=True), content_type=FORM))


def exchange(world: World, code: str, **changes: Any) -> Response:
    """POST /token with the code; None leaves a parameter out."""
    given = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT_URI,
        "code_verifier": VERIFIER,
        **changes,
    }
    return token_request(world, **given)


def token_request(world: World, **form: Any) -> Response:
    """POST /token as the world's client."""
    return client_request(world, "token", **form)


def client_request(world: World, endpoint: str, **form: Any) -> Response:
    """POST to an endpoint as the world's client: by Basic if it has a secret, else by its name."""
    headers = {}
    if world.secret:
        pair = f"{world.client.client_id}:{world.secret}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
    else:
        form.setdefault("client_id", world.client.client_id)
    body = urlencode({name: value for name, value in form.items() if value is not None})
    return Browser().post(address(world, endpoint), body, content_type=FORM, headers=headers)


def login_tokens(world: World, browser: Browser | None = None, **changes: Any) -> dict[str, Any]:
    """Sign in, authorize, exchange: the members of the token answer."""
    browser = browser or Browser()
    sign_in(browser, world.user)
    redirect_uri = changes.get("redirect_uri", REDIRECT_URI)
    code = authorize(browser, world, **changes).code
    response = exchange(world, code, redirect_uri=redirect_uri)
    assert response.status_code == 200, response.content
    body: dict[str, Any] = response.json()
    return body
