"""The way through Identity Cloud's guides: token, token policy, login policy, client, secret."""

from typing import Any

import httpx
import pytest
from pytest_django.live_server_helper import LiveServer

from tests.management.caller import Caller, enrol

pytestmark = pytest.mark.once  # no statement differs between the databases

STORE = {
    "type": "janrainCapture",
    "connectionDetails": {
        "domain": "store.example.com",
        "applicationId": "app1",
        "entityType": "user",
        "clientId": "owner1",
        "clientSecret": "owner-secret-1",
    },
}


class Wire:
    """An administrator with nothing but an address, a client ID and a secret."""

    def __init__(self, url: str, client_id: str, secret: str) -> None:
        self.url = url
        self.basic = (client_id, secret)
        self.bearer: dict[str, str] = {}

    def login(self, path: str, **form: str) -> httpx.Response:
        return httpx.post(f"{self.url}/org/login/{path}", data=form, auth=self.basic)

    def get_token(self, scope: str) -> dict[str, Any]:
        answer = self.login("token", grant_type="client_credentials", scope=scope)
        assert answer.status_code == 200, answer.text
        members: dict[str, Any] = answer.json()
        self.bearer = {"Authorization": f"Bearer {members['access_token']}"}
        return members

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        url = f"{self.url}/org/config/{path}"
        answer = httpx.request(method, url, json=body, headers=self.bearer)
        return answer.status_code, answer.json() if answer.content else None


def test_the_whole_way_over_plain_http(live_server: LiveServer, admin: Caller) -> None:
    wire = Wire(live_server.url, admin.client.client_id, admin.secret)
    assert wire.get_token("*:config/**")["scope"] == "*:config/**"
    token_policy, login_policy, shop, made = _make_all(wire)
    reader = _change_scopes(wire, Wire(live_server.url, made["id"], made["secret"]), token_policy)
    _reset_and_revoke(wire, reader, made["id"])
    users = [f"/customers/org/clients/{one['id']}" for one in (made, shop)]
    text = f'["{users[0]}", "{users[1]}"]\n'
    assert wire.call("DELETE", f"tokenPolicies/{token_policy}") == (409, {"errors": text})
    text = f'["{users[1]}"]\n'
    assert wire.call("DELETE", f"loginPolicies/{login_policy}") == (409, {"errors": text})
    paths = [f"clients/{one['id']}" for one in (made, shop)]
    for path in (*paths, f"tokenPolicies/{token_policy}", f"loginPolicies/{login_policy}"):
        assert wire.call("DELETE", path) == (204, None)
        assert wire.call("GET", path) == (404, {"errors": "Not Found"})


POLICY = {"title": "Machines", "allowedScopes": [".:config/**"], "accessTokenLifetime": "600"}


def _make_all(wire: Wire) -> tuple[str, str, dict[str, Any], dict[str, Any]]:
    """Both policies, a client whose users sign in, and one that reads the configuration."""
    status, token_policy = wire.call("POST", "tokenPolicies", POLICY)
    assert status == 201 and isinstance(token_policy, str)
    login = {"title": "Sign-in", "loginURL": "https://sso.example.com/org/auth-ui/login"}
    status, login_policy = wire.call(
        "POST", "loginPolicies", {**login, "identityStoreDetails": STORE}
    )
    assert status == 201 and isinstance(login_policy, str)
    users = {"redirectURIs": ["https://shop.example.com/callback"], "type": "public"}
    policies = {"tokenPolicy": token_policy, "loginPolicy": login_policy}
    status, shop = wire.call("POST", "clients", {"name": "Shop", **users, **policies})
    assert (status, shop["loginPolicy"]) == (201, login_policy)
    machine = {"name": "Machine", "type": "configuration", "tokenPolicy": token_policy}
    status, made = wire.call("POST", "clients", machine)
    assert status == 201
    return token_policy, login_policy, shop, made


def _change_scopes(wire: Wire, reader: Wire, token_policy: str) -> Wire:
    """What a client may do, before and after its policy has changed."""
    granted = reader.get_token(".:config/** *:config/**")
    assert (granted["scope"], granted["expires_in"]) == (".:config/**", 600)
    assert reader.call("GET", "clients")[0] == 200
    assert reader.call("POST", "tokenPolicies", POLICY) == (403, {"errors": "Forbidden"})
    wider = {**POLICY, "allowedScopes": ["*:config/tokenPolicies/**"]}
    status, changed = wire.call("PUT", f"tokenPolicies/{token_policy}", wider)
    assert (status, changed["allowedScopes"]) == (200, ["*:config/tokenPolicies/**"])
    assert reader.call("GET", "clients")[0] == 403  # the tokens of the old scopes are dead
    assert reader.get_token("*:config/tokenPolicies")["scope"] == "*:config/tokenPolicies"
    assert reader.call("GET", "tokenPolicies")[0] == 200
    return reader


def _reset_and_revoke(wire: Wire, reader: Wire, client_id: str) -> None:
    """A new secret, the old one's end, and a token's."""
    status, reset = wire.call("POST", f"clients/{client_id}/secret")
    assert status == 201
    form = {"grant_type": "client_credentials", "scope": "*:config/tokenPolicies"}
    assert reader.login("token", **form).status_code == 401
    reader.basic = (client_id, reset["secret"])
    token = reader.get_token("*:config/tokenPolicies")["access_token"]
    assert reader.login("token/introspect", token=token).json()["active"] is True
    assert reader.login("token/revoke", token=token).status_code == 200
    assert reader.login("token/introspect", token=token).json() == {"active": False}
    assert reader.call("GET", "tokenPolicies") == (403, {"errors": "Forbidden"})


def test_a_configuration_client_gets_a_token_and_lists_the_token_policies() -> None:
    caller = enrol("*:**", scope="*:config/**")
    answer = caller.ask("*:config/**")
    assert answer.status_code == 200
    members = answer.json()
    assert (members["token_type"], members["expires_in"]) == ("Bearer", 3600)
    assert members["scope"] == "*:config/**"
    listed = caller.get("tokenPolicies")
    assert listed.status_code == 200, listed.content
    policy = caller.client.token_policy
    assert policy is not None
    assert listed.json() == {
        "total": 1,
        "_embedded": {
            "tokenPolicies": [
                {
                    "id": policy.pk,
                    "title": policy.title,
                    "_links": {"self": {"href": f"/org/config/tokenPolicies/{policy.pk}"}},
                }
            ]
        },
    }


def test_a_token_policy_is_made_read_changed_and_deleted(admin: Caller) -> None:
    made = admin.post(
        "tokenPolicies",
        {
            "title": "For our site",
            "accessTokenLifetime": "1800",
            "refreshTokenLifetime": 86400,
            "allowedScopes": ["openid", "email"],
        },
    )
    assert made.status_code == 201, made.content
    ident = made.json()
    assert isinstance(ident, str)
    path = f"tokenPolicies/{ident}"
    expected = {
        "id": ident,
        "title": "For our site",
        "accessTokenLifetime": 1800,
        "refreshTokenLifetime": 86400,
        "allowedScopes": ["openid", "email"],
        "useAccessJWT": False,
        "_links": {"self": {"href": f"/org/config/{path}"}},
    }
    assert admin.get(path).json() == expected
    changed = admin.put(path, {"title": "Ours", "allowedScopes": ["openid"], "id": "x"})
    assert changed.status_code == 200
    assert changed.json() == expected | {
        "title": "Ours",
        "allowedScopes": ["openid"],
        "accessTokenLifetime": 3600,
        "refreshTokenLifetime": 7776000,
    }
    assert admin.delete(path).status_code == 204
    assert admin.get(path).status_code == 404
