"""Authlib, which nobody here wrote, signs in and works with what it is given (OIDC Core, RFC 7636,
RFC 7662, RFC 7009). It discovers, checks state, nonce, issuer, audience, `at_hash` and signature
by itself, and raises where something isn't as it should be.
"""

from collections.abc import Callable
from typing import Any

import pytest
from authlib.integrations.base_client import OAuthError
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc.jwk import ECKey

from apps.clients.services import assign_user
from apps.servers.services import rotate_keys
from tests.factories import REDIRECT_URI, TESTER, make_client_and_secret
from tests.interoperability.application import Application
from tests.stories.people import Visit, visit

pytestmark = [pytest.mark.django_db(transaction=True)]
Make = Callable[..., Application]
SCOPE = "openid profile email offline_access orders"
ALGORITHMS = ("RS256", "ES256", "PS256", "EdDSA")


def shop(alg: str = "ES256", **client: Any) -> Visit:
    """A server that signs with this algorithm, and a client of this kind."""
    made = visit("orders", rule={}, signing_alg=alg, access_token_format="jwt")
    if client:
        row, secret = make_client_and_secret(**{"type": "web"} | client)
        assign_user(actor=TESTER, client=row, user=made.user)
        made.client, made.secret = row, secret
    return made


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_it_signs_in_and_accepts_the_id_token(application: Make, alg: str) -> None:
    made = shop(alg)
    token = application(made, SCOPE).sign_in()
    assert token["userinfo"]["sub"] == made.user.pk
    assert token["userinfo"]["aud"] == made.client.client_id
    assert {"nonce", "at_hash", "auth_time"} <= token["userinfo"].keys()


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_it_signs_in_across_a_key_rotation(application: Make, alg: str) -> None:
    made = shop(alg)
    app = application(made, SCOPE)
    app.sign_in()
    rotate_keys(actor=TESTER, server_id=made.server.pk)
    assert app.sign_in()["userinfo"]["sub"] == made.user.pk


def uses_everything(app: Application, made: Visit) -> None:
    """Sign in, ask who it is, refresh, introspect, revoke."""
    token = app.sign_in()
    assert app.userinfo(token)["email"] == made.user.email
    told = app.introspect(token["access_token"])
    assert (told["active"], told["client_id"]) == (True, made.client.client_id)
    again = app.refresh(token)
    assert app.introspect(again["access_token"])["active"] is True
    app.revoke(again["refresh_token"])
    assert app.introspect(again["access_token"]) == {"active": False}
    with pytest.raises(OAuthError, match="invalid_grant"):
        app.refresh(again)


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_it_works_with_a_secret(application: Make, method: str) -> None:
    made = shop(token_endpoint_auth_method=method)
    uses_everything(application(made, SCOPE, method), made)


def test_it_works_as_a_public_client(application: Make) -> None:
    made = shop(type="native", token_endpoint_auth_method="none")
    uses_everything(application(made, SCOPE, "none"), made)


def test_it_works_with_a_signed_assertion(application: Make, base_url: str) -> None:
    key = ECKey.generate_key("P-256", {"kid": "k1", "alg": "ES256", "use": "sig"})
    public = {"keys": [key.as_dict(private=False)]}
    made = shop(token_endpoint_auth_method="private_key_jwt", jwks=public)
    endpoint = f"{base_url}/oauth2/{made.server.pk}/v1/token"
    app = application(made, SCOPE, "private_key_jwt")
    app.client.client_secret = key
    app.client.client_auth_methods = [PrivateKeyJWT(endpoint, headers={"kid": "k1"}, alg="ES256")]
    uses_everything(app, made)


def test_it_works_with_opaque_access_tokens(application: Make) -> None:
    made = visit("orders", rule={}, access_token_format="opaque")
    uses_everything(application(made, SCOPE), made)


def test_a_client_that_needs_consent_gets_it_once(application: Make) -> None:
    made = shop(consent_method="REQUIRED", redirect_uris=[REDIRECT_URI])
    made.server.scopes.filter(name="orders").update(consent="REQUIRED")
    app = application(made, "openid orders")
    app.sign_in()
    assert app.person.pages == ["sign-in", "consent"]
    app.sign_in()
    assert app.person.pages == ["sign-in", "consent"]


def test_a_refusal_reaches_the_application_as_an_error(application: Make) -> None:
    made = visit("orders", rule={}, is_assigned=False)
    with pytest.raises(OAuthError, match="not assigned"):
        application(made, SCOPE).sign_in()
