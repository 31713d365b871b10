"""A server, a client, a user, and tokens for them in as few steps as possible.

`authorize` stands for the browser's part: it decides and opens the grant as the authorize endpoint
does, without pages. Everything else is HTTP.
"""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from django.http import HttpResponse
from django.test import Client as Browser
from django.test.client import ClientHandler

from apps.clients.models import Client, UserAssignment
from apps.clients.services import assign_user
from apps.directory.models import User
from apps.oauth import runtime
from apps.oauth.facts import access_request
from apps.policies.models import Policy, Rule
from apps.servers.models import AuthorizationServer, Scope
from apps.tokens import clock
from apps.tokens.django_store import DjangoStore
from apps.tokens.drive import drive
from apps.tokens.open_grant import NewGrant, new_grant_id, open_grant
from apps.tokens.standing import stamp
from apps.tokens.store import Lookup
from authzsite.domain.pkce import challenge_of
from authzsite.domain.policy import evaluate
from tests.factories import (
    REDIRECT_URI,
    TESTER,
    make_client_and_secret,
    make_policy,
    make_rule,
    make_scope,
    make_server,
    make_user,
)

VERIFIER = "v" * 43
SCOPES = "openid offline_access orders:read"


@dataclass(frozen=True)
class World:
    """What a grant stands on."""

    server: AuthorizationServer
    client: Client
    secret: str
    user: User
    policy: Policy
    rule: Rule
    scope: Scope
    assignment: UserAssignment | None = None
    sign: "Callable[[World], dict[str, str]] | None" = None  # an assertion for each request

    @property
    def base(self) -> str:
        return f"/oauth2/{self.server.pk}/v1"


@dataclass(frozen=True)
class Tokens:
    """The members of a token answer."""

    access: str
    refresh: str = ""
    answer: dict[str, Any] = field(default_factory=dict, repr=False)


class Clock:
    """The time of the protocol endpoints, as a test wants it."""

    def __init__(self, start: datetime) -> None:
        self.moment = start

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, **duration: float) -> None:
        self.moment += timedelta(**duration)


def make_world(
    *,
    token_format: str = "jwt",
    type: str = "web",
    server: dict[str, Any] | None = None,
    rule: dict[str, Any] | None = None,
    is_assigned: bool = True,
    **client_fields: Any,
) -> World:
    """A server with a scope and a rule, and a rotating client that a user is assigned to."""
    as_row = make_server(access_token_format=token_format, **(server or {}))
    scope = make_scope(as_row, "orders:read")
    policy = make_policy(as_row)
    rule_row = make_rule(policy, **(rule or {}))
    if type == "web":
        client_fields.setdefault(
            "grant_types", ["authorization_code", "refresh_token", "client_credentials"]
        )
    if type != "service":
        client_fields = {"rotation_type": "ROTATE", "leeway": 0, **client_fields}
    client, secret = make_client_and_secret(type, **client_fields)
    user = make_user()
    row = assign_user(actor=TESTER, client=client, user=user) if is_assigned else None
    return World(as_row, client, secret, user, policy, rule_row, scope, row)


def beside(world: World, **fields: Any) -> World:
    """The same server with another client and another user."""
    client, secret = make_client_and_secret("web", rotation_type="ROTATE", leeway=0, **fields)
    user = make_user()
    row = assign_user(actor=TESTER, client=client, user=user)
    return replace(world, client=client, secret=secret, user=user, assignment=row)


def authorize(world: World, scopes: str = SCOPES) -> str:
    """A code for the user, by the decision that is made now."""
    store, now = DjangoStore(), clock.now()
    lookup = Lookup(user=world.user.pk, profile=True)
    reading = drive(store.read(world.server.pk, world.client.client_id, lookup, now))
    assert reading.server and reading.client
    server = runtime.server_snapshot(reading.server)
    request = access_request(
        server,
        runtime.client_snapshot(reading.client),
        reading,
        grant_type="authorization_code",
        requested=tuple(scopes.split()),
        now=now,
    )
    decision = evaluate(server.book, request)
    assert decision.is_allowed and decision.lifetimes, decision.reason
    vector = stamp(reading, server, decision.config_epochs)
    assert vector
    grant = NewGrant(
        id=new_grant_id(),
        transaction=uuid4().hex,
        server_id=world.server.pk,
        client_id=world.client.pk,
        user_id=world.user.pk,
        policy_id=decision.policy_id,
        rule_id=decision.rule_id,
        scopes=decision.scopes,
        lifetimes=decision.lifetimes,
        vector=vector,
        auth_time=now,
        amr="pwd",
        session_id="session",
        redirect_uri=REDIRECT_URI,
        code_challenge=challenge_of(VERIFIER),
        nonce="",
    )
    code = drive(open_grant(store, grant, (), now))
    assert code
    return code


def code_form(code: str) -> dict[str, str]:
    """The token request of a code."""
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT_URI,
        "code_verifier": VERIFIER,
    }


def refresh_form(token: str) -> dict[str, str]:
    """The token request of a refresh token."""
    return {"grant_type": "refresh_token", "refresh_token": token}


def post(world: World, endpoint: str, form: dict[str, str]) -> HttpResponse:
    """A request of the world's client."""
    headers = {}
    if world.client.token_endpoint_auth_method == "client_secret_post":
        form = {"client_id": world.client.client_id, "client_secret": world.secret, **form}
    elif world.secret:
        pair = f"{quote(world.client.client_id)}:{quote(world.secret)}"
        headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
    elif world.sign and "client_assertion" not in form:
        form = {**form, **world.sign(world)}
    elif "client_assertion" not in form:
        form = {"client_id": world.client.client_id, **form}
    response: HttpResponse = browser().post(  # type: ignore[assignment]
        f"{world.base}/{endpoint}", form_encoded(form), content_type=FORM, headers=headers
    )
    return response


FORM = "application/x-www-form-urlencoded"


def browser() -> Browser:
    """A client of its own for each thread; the middleware, which takes 25 ms, is built once."""
    fresh = Browser()
    fresh.handler = handler()
    return fresh


@cache
def handler() -> ClientHandler:
    """Django's request handling as `django.test.Client` does it."""
    made = ClientHandler(enforce_csrf_checks=False)
    made.load_middleware()
    return made


def form_encoded(form: dict[str, str]) -> str:
    """The form as clients send it."""
    return "&".join(f"{quote(name)}={quote(value, safe='')}" for name, value in form.items())


def exchange(world: World, code: str) -> HttpResponse:
    """Redeem a code."""
    return post(world, "token", code_form(code))


def refresh(world: World, token: str, **more: str) -> HttpResponse:
    """Use a refresh token."""
    return post(world, "token", {**refresh_form(token), **more})


def client_credentials(world: World) -> Tokens:
    """The client's own token."""
    form = {"grant_type": "client_credentials", "scope": world.scope.name}
    return tokens_of(post(world, "token", form))


def tokens_of(response: HttpResponse) -> Tokens:
    """The tokens of an answer that granted some."""
    assert response.status_code == 200, response.content
    answer = body_of(response)
    return Tokens(answer["access_token"], answer.get("refresh_token", ""), answer)


def sign_in(world: World, scopes: str = SCOPES) -> Tokens:
    """Tokens of a fresh grant."""
    return tokens_of(exchange(world, authorize(world, scopes)))


def body_of(response: HttpResponse) -> dict[str, Any]:
    """The members of a JSON answer."""
    body: dict[str, Any] = response.json()  # type: ignore[attr-defined]
    return body


def outcome(response: HttpResponse) -> tuple[int, str]:
    """Status and error."""
    return response.status_code, body_of(response).get("error", "")


REFUSED = (400, "invalid_grant")


def introspect(world: World, token: str) -> dict[str, Any]:
    """What introspection says to the token's own client."""
    response = post(world, "introspect", {"token": token})
    assert response.status_code == 200, response.content
    return body_of(response)


def is_active(world: World, token: str) -> bool:
    """Whether introspection calls the token alive."""
    return bool(introspect(world, token)["active"])


def revoke(world: World, token: str) -> HttpResponse:
    """RFC 7009."""
    return post(world, "revoke", {"token": token})


def userinfo(world: World, token: str) -> HttpResponse:
    """The bearer's claims."""
    headers = {"Authorization": f"Bearer {token}"}
    response: HttpResponse = browser().get(f"{world.base}/userinfo", headers=headers)  # type: ignore[assignment]
    return response
