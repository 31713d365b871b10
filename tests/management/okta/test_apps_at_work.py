"""What is done to an application over the management API, and what its tokens say then (R5, R15,
R16, R18)."""

import time
import uuid
from typing import Any

import pytest
from django.conf import settings
from django.test import Client as Http
from joserfc import jwt
from joserfc.jwk import RSAKey

from apps.servers.models import AuthorizationServer
from tests.factories import make_policy, make_rule, make_scope, make_server
from tests.management.caller import FORM, form_of
from tests.management.okta.caller import Program
from tests.management.okta.shapes_of_apps import app_body
from tests.stories.people import visit

BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SERVICE: dict[str, Any] = {
    "application_type": "service",
    "grant_types": ["client_credentials"],
    "redirect_uris": None,
    "token_endpoint_auth_method": "client_secret_post",
}


@pytest.fixture
def server(db: None) -> AuthorizationServer:
    """A server that gives every client tokens."""
    server = make_server("orders")
    make_scope(server, "read")
    make_rule(make_policy(server))
    return server


def ask(server: AuthorizationServer, **credentials: str) -> Any:
    """A request for a token."""
    form = {"grant_type": "client_credentials", "scope": "read", **credentials}
    return Http().post(f"/oauth2/{server.pk}/v1/token", form_of(form), FORM)


def test_r5_both_secrets_work_while_one_takes_the_place_of_the_other(
    api: Program, server: AuthorizationServer
) -> None:
    app = api.post("apps", app_body(**SERVICE)).json()
    path = f"apps/{app['id']}/credentials/secrets"
    first = app["credentials"]["oauthClient"]["client_secret"]
    (old,) = api.get(path).json()
    secrets = (first, api.post(path).json()["client_secret"])

    def answers() -> list[int]:
        given = ({"client_id": app["id"], "client_secret": secret} for secret in secrets)
        return [ask(server, **one).status_code for one in given]

    assert answers() == [200, 200]
    api.post(f"{path}/{old['id']}/lifecycle/deactivate")
    assert answers() == [401, 200]


def test_a_key_that_is_set_aside_signs_nothing(api: Program, server: AuthorizationServer) -> None:
    keys = [RSAKey.generate_key(2048, {"kid": kid}) for kid in "ab"]
    body = app_body(
        **SERVICE
        | {
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks": {"keys": [key.as_dict(private=False) for key in keys]},
        }
    )
    app = api.post("apps", body).json()
    path = f"apps/{app['id']}/credentials/jwks"
    assert [ask(server, **signed(app["id"], key)).status_code for key in keys] == [200, 200]
    first = next(key["id"] for key in api.get(path).json() if key["kid"] == "a")
    api.post(f"{path}/{first}/lifecycle/deactivate")
    assert [ask(server, **signed(app["id"], key)).status_code for key in keys] == [401, 200]
    api.post(f"{path}/{first}/lifecycle/activate")
    assert ask(server, **signed(app["id"], keys[0])).status_code == 200


def signed(client_id: str, key: RSAKey) -> dict[str, str]:
    """An assertion by this key."""
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": f"{settings.BASE_URL}/oauth2/orders/v1/token",
        "exp": int(time.time()) + 60,
        "jti": uuid.uuid4().hex,
    }
    header = {"alg": "RS256", "kid": key.kid}
    assertion = jwt.encode(header, claims, key, ["RS256"])
    return {"client_assertion_type": BEARER, "client_assertion": assertion}


def test_r15_r16_a_deactivated_application_gets_nothing_and_its_tokens_stay_dead(
    api: Program, server: AuthorizationServer
) -> None:
    app = api.post("apps", app_body(**SERVICE)).json()
    secret = app["credentials"]["oauthClient"]["client_secret"]
    credentials = {"client_id": app["id"], "client_secret": secret}
    token = ask(server, **credentials).json()["access_token"]
    form = form_of({"token": token, **credentials})

    def is_alive() -> bool:
        shown = Http().post(f"/oauth2/{server.pk}/v1/introspect", form, FORM)
        return bool(shown.json().get("active"))

    assert is_alive()
    api.post(f"apps/{app['id']}/lifecycle/deactivate")
    assert ask(server, **credentials).status_code == 401
    api.post(f"apps/{app['id']}/lifecycle/activate")
    assert ask(server, **credentials).status_code == 200 and not is_alive()


def test_r18_an_applications_refresh_tokens_are_shown_and_end(api: Program) -> None:
    shop = visit("orders", rule={"scopes": ["*"]})
    shop.tokens("openid offline_access orders")
    path = f"apps/{shop.client.pk}/tokens"
    (shown,) = api.get(path).json()
    assert shown["clientId"] == shop.client.client_id and shown["userId"] == shop.user.pk
    assert shown["_links"]["self"]["href"].endswith(f"/api/v1/{path}/{shown['id']}")
    assert api.get(f"{path}/{shown['id']}?expand=scope").json()["_embedded"]["scopes"]
    tried = api.delete(f"{path}/{shown['id']}?dryRun=true").json()
    assert (tried["dryRun"], tried["grants"]) == (True, 1)
    assert api.delete(f"{path}/{shown['id']}").status_code == 204
    assert api.get(path).json() == [] and api.get(f"{path}/{shown['id']}").status_code == 404
    shop.tokens("openid offline_access orders")
    assert api.delete(path).status_code == 204
    assert api.get(path).json() == []
