"""`…/credentials/keys` and `keyRotate`."""

import json

import pytest

from apps.servers.models import AuthorizationServer, SigningKey
from apps.servers.services import revoke_key
from tests.factories import TESTER, make_server
from tests.management.okta.caller import Program, cause_of

pytestmark = pytest.mark.once  # no statement differs between the databases


@pytest.fixture
def server(db: None) -> AuthorizationServer:
    return make_server(signing_alg="RS256")


@pytest.fixture
def path(server: AuthorizationServer) -> str:
    return f"authorizationServers/{server.pk}/credentials"


def states(api: Program, path: str) -> dict[str, str]:
    return {key["status"]: key["kid"] for key in api.get(f"{path}/keys").json()}


def test_the_keys_are_listed_by_their_public_halves(api: Program, path: str) -> None:
    keys = api.get(f"{path}/keys").json()
    assert [key["status"] for key in keys] == ["ACTIVE", "NEXT"]
    for key in keys:
        assert (key["kty"], key["alg"], key["use"]) == ("RSA", "RS256", "sig")
        own = key["_links"]["self"]["href"].partition("/api/v1/")[2]
        assert api.get(own).json() == key
        # No private member (RFC 7518 §6.3.2).
        assert set(key) == {"kty", "alg", "use", "kid", "e", "n", "status", "_links"}


def test_a_rotation_makes_the_next_key_the_one_that_signs(
    api: Program, path: str, server: AuthorizationServer
) -> None:
    before = states(api, path)
    rotated = api.post(f"{path}/lifecycle/keyRotate", {"use": "sig"})
    assert rotated.status_code == 200, rotated.content
    assert rotated.json() == api.get(f"{path}/keys").json()
    after = states(api, path)
    assert after["ACTIVE"] == before["NEXT"] and after["EXPIRED"] == before["ACTIVE"]
    assert after["NEXT"] not in before.values()
    signing = api.get(f"authorizationServers/{server.pk}").json()["credentials"]["signing"]
    assert signing["kid"] == after["ACTIVE"]


def test_another_use_is_refused_and_rotates_nothing(api: Program, path: str) -> None:
    before = states(api, path)
    for body in ({"use": "enc"}, {}, {"use": None}, {"use": True}):
        refused = api.post(f"{path}/lifecycle/keyRotate", body)
        assert refused.status_code == 400
        assert cause_of(refused).startswith("E0000001 Api validation failed: use: use: ")
    assert states(api, path) == before


def test_a_dry_run_rotates_nothing(api: Program, path: str) -> None:
    before = states(api, path)
    tried = api.post(f"{path}/lifecycle/keyRotate?dryRun=true", {"use": "sig"})
    assert tried.json()["grants"] == 0
    assert states(api, path) == before


def test_a_revoked_key_is_gone_here_as_from_the_published_ones(
    api: Program, path: str, server: AuthorizationServer
) -> None:
    kid = states(api, path)["ACTIVE"]
    revoke_key(actor=TESTER, server_id=server.pk, kid=kid)
    assert kid not in states(api, path).values()
    assert f"{kid} (JsonWebKey)" in cause_of(api.get(f"{path}/keys/{kid}"))


@pytest.mark.parametrize("alg", ["ES256", "EdDSA"])
def test_a_key_of_a_curve_has_its_own_members(api: Program, db: None, alg: str) -> None:
    server = make_server(signing_alg=alg)
    [key, _] = api.get(f"authorizationServers/{server.pk}/credentials/keys").json()
    assert key["alg"] == alg and "x" in key and "d" not in key


def test_row_258_a_key_of_another_server_is_404(api: Program, path: str) -> None:
    foreign = SigningKey.objects.filter(server=make_server())[0]
    assert api.get(f"{path}/keys/{foreign.kid}").status_code == 404
    assert api.get("authorizationServers/nothing/credentials/keys").status_code == 404
    nowhere = "authorizationServers/nothing/credentials/lifecycle/keyRotate"
    assert api.post(nowhere, {"use": "sig"}).status_code == 404


def test_an_auditor_sees_public_keys_and_rotates_none(auditor: Program, path: str) -> None:
    assert "sealed" not in json.dumps(auditor.get(f"{path}/keys").json())
    assert auditor.post(f"{path}/lifecycle/keyRotate", {"use": "sig"}).status_code == 403
