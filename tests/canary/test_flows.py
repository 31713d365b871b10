"""Whole flows, successes and failures of every kind, and then a look at every row while it is
still there (R310): no usable token, code, secret, password, verifier, assertion, session key or
private key is among them.
"""

import json
import re
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client as Browser
from django.urls import reverse
from joserfc import jwt
from joserfc.jwk import ECKey

from apps.clients.services import assign_user
from apps.servers.services import ensure_organization_server
from tests.canary.plugin import VAULT
from tests.canary.sinks import database_dump
from tests.factories import (
    TESTER,
    make_client,
    make_client_and_secret,
    make_superuser,
)
from tests.management.caller import enrol
from tests.oauth import flow
from tests.stories.people import Visit, visit
from tests.stories.wire import post, service

pytestmark = pytest.mark.django_db
SCOPE = "openid profile offline_access orders"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


# A private JWK's member and its value: sealed bytes hold the three characters `"d"` now and then.
PRIVATE_MEMBER = re.compile(r'\\*"d\\*"\s*:\s*\\*"[\w-]{40,}')


def holds_private_jwk(text: str) -> bool:
    """Whether the private part of a JWK is in the text, also within another JSON text."""
    return bool(PRIVATE_MEMBER.search(text))


def test_a_private_jwk_would_be_found_and_chance_bytes_would_not() -> None:
    shop().sign_in()  # what every flow of this module does: secrets and events
    jwk = json.dumps(ECKey.generate_key("P-256").as_dict(private=True))
    assert holds_private_jwk(jwk)
    assert holds_private_jwk(json.dumps({"key": jwk}))
    assert not holds_private_jwk('\x93"d"\xf4')


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """What the flow made is known, and none of it is in any table."""
    before = len(VAULT)
    yield
    assert len(VAULT) > before
    dump = dict(database_dump())
    assert dump["systemlog_logevent"]
    leaks = [leak for table, text in dump.items() for leak in VAULT.search(table, text)]
    assert not leaks, "\n".join(map(str, leaks))
    assert not [table for table, text in dump.items() if holds_private_jwk(text)]


def shop(**client: Any) -> Visit:
    """A server and a client that rotates its refresh tokens."""
    made = visit("orders", rule={})
    row, secret = make_client_and_secret(rotation_type="ROTATE", leeway=0, **client)
    assign_user(actor=TESTER, client=row, user=made.user)
    made.client, made.secret = row, secret
    return made


@pytest.mark.parametrize("token_format", ["jwt", "opaque"])
def test_a_sign_in_and_all_that_follows_leave_no_secret(token_format: str) -> None:
    made = visit("orders", rule={}, access_token_format=token_format)
    tokens = made.tokens(SCOPE)
    again = made.refresh(tokens["refresh_token"]).json()
    assert made.is_alive(again["access_token"])
    assert made.userinfo(again["access_token"]).status_code == 200
    for token in (again["access_token"], again["refresh_token"]):
        assert flow.client_request(made.world, "revoke", token=token).status_code == 200
    assert not made.is_alive(again["access_token"])


def test_a_code_redeemed_twice_leaves_no_secret() -> None:
    made = shop()
    made.sign_in()
    code = made.authorize(SCOPE).code
    assert made.exchange(code).status_code == 200
    assert made.exchange(code).status_code == 400


def test_a_replayed_refresh_token_leaves_no_secret() -> None:
    made = shop()
    tokens = made.tokens(SCOPE)
    assert made.refresh(tokens["refresh_token"]).status_code == 200
    assert made.refresh(tokens["refresh_token"]).status_code == 400


@pytest.mark.parametrize(
    "change",
    [
        {"code_verifier": "another-verifier-of-at-least-43-characters-0123"},
        {"redirect_uri": "https://elsewhere.example.com/"},
        {"code": "azac_not-a-code-of-ours"},
        {"grant_type": "refresh_token", "refresh_token": "azrt_garbage"},
    ],
)
def test_a_failed_exchange_leaves_no_secret(change: dict[str, str]) -> None:
    made = shop()
    made.sign_in()
    code = made.authorize(SCOPE).code
    assert flow.exchange(made.world, **{"code": code} | change).status_code == 400


def test_a_secret_that_is_wrong_or_in_the_wrong_place_leaves_no_trace() -> None:
    made, app = shop(), service()
    path = flow.address(made.world, "token")
    wrong = service()
    wrong = type(wrong)(app.client, wrong.secret)
    assert post(path, wrong, grant_type="client_credentials").status_code == 401
    form = {"client_id": app.client.client_id, "client_secret": app.secret}
    assert Browser().post(f"{path}?client_secret={app.secret}", form).status_code == 400
    for scope in (app.secret, made.tokens()["access_token"]):
        assert post(path, app, grant_type="client_credentials", scope=scope).status_code == 400


def test_a_wrong_password_leaves_no_trace() -> None:
    for login in (shop().user.login, "nobody@example.com"):
        form = {"login": login, "password": "a guess at the password"}
        assert Browser().post("/accounts/login/", form).status_code == 200


def test_an_assertion_leaves_no_trace() -> None:
    key = ECKey.generate_key("P-256", {"kid": "k1", "alg": "ES256", "use": "sig"})
    client = make_client(
        "service",
        token_endpoint_auth_method="private_key_jwt",
        jwks={"keys": [key.as_dict(private=False)]},
    )
    made = shop()
    issuer = f"http://localhost:8000/oauth2/{made.server.pk}"
    now = int(time.time())
    claims: dict[str, Any] = {"iss": client.client_id, "sub": client.client_id, "aud": issuer}
    claims |= {"iat": now, "exp": now + 300, "jti": "once"}
    form = {
        "grant_type": "client_credentials",
        "scope": "orders",
        "client_assertion_type": ASSERTION,
        "client_assertion": jwt.encode({"alg": "ES256", "kid": "k1"}, claims, key),
    }
    path = flow.address(made.world, "token")
    statuses = [Browser().post(path, urlencode(form), flow.FORM).status_code for _ in range(2)]
    assert statuses == [200, 401]


def test_configuration_calls_leave_no_secret() -> None:
    ensure_organization_server()
    admin = enrol("*:**")
    policy = admin.client.token_policy
    assert policy is not None
    body = {"name": "Shop", "type": "configuration", "tokenPolicy": policy.pk}
    made = admin.post("clients", body)
    assert made.status_code == 201, made.content
    ident = made.json()["id"]
    assert admin.post(f"clients/{ident}/secret").status_code == 201
    assert admin.get(f"clients/{ident}").status_code == 200
    assert admin.with_token("XXXXX").get("clients").status_code == 403
    assert admin.login("token/revoke", {"token": admin.token}).status_code == 200
    assert admin.get("clients").status_code == 403


PAGES = ("index", "clients_client_changelist", "systemlog_logevent_changelist")


def test_the_console_shows_no_secret_but_a_new_one_once() -> None:
    made, boss, browser = shop(), make_superuser(), Browser()
    made.tokens(SCOPE)
    assert flow.sign_in(browser, boss).status_code == 302
    for name in PAGES:
        assert browser.get(reverse(f"admin:{name}")).status_code == 200, name
    page = reverse("admin:clients_client_secrets", args=[made.client.pk])
    shown = browser.post(page, {"form": "create"})
    assert shown.status_code == 200 and b"azcs_" in shown.content
    assert b"azcs_" not in browser.get(page).content
