"""`/{org}/login/...`: the organisation's own server (R19), and who gets what from it."""

import pytest
from django.test import Client as Http

from apps.clients.models import Client
from apps.servers.services import deactivate_server
from apps.tokens.models import AccessToken
from tests.factories import (
    TESTER,
    make_client_and_secret,
    make_policy,
    make_rule,
    make_scope,
    make_server,
    make_token_policy,
)
from tests.management.caller import FORM, Caller, enrol, form_of

GRANT = {"grant_type": "client_credentials"}


def ask_elsewhere(caller: Caller, server_id: str, scope: str) -> int:
    answer = Http().post(
        f"/oauth2/{server_id}/v1/token",
        form_of(GRANT | {"scope": scope}),
        FORM,
        HTTP_AUTHORIZATION=caller.basic,
    )
    return int(answer.status_code)


def test_r19_the_organisations_server_isnt_reached_by_its_id() -> None:
    caller = enrol("*:**")
    assert ask_elsewhere(caller, "org", "*:**") == 404
    for path in ("v1/introspect", "v1/revoke"):
        answer = Http().post(
            f"/oauth2/org/{path}", "token=x", FORM, HTTP_AUTHORIZATION=caller.basic
        )
        assert answer.status_code == 404
    for path in ("v1/keys", ".well-known/openid-configuration", "v1/userinfo"):
        header = f"Bearer {caller.token}"
        assert Http().get(f"/oauth2/org/{path}", HTTP_AUTHORIZATION=header).status_code == 404


@pytest.mark.parametrize("with_policy", [False, True])
def test_r19_only_configuration_clients_get_tokens_of_the_organisation(with_policy: bool) -> None:
    policy = make_token_policy() if with_policy else None
    client, secret = make_client_and_secret(
        "service", grant_types=["client_credentials"], token_policy=policy
    )
    answer = Caller(client, secret).ask("*:**")
    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")
    assert not AccessToken.objects.exists()


def test_r19_a_configuration_client_gets_nothing_from_any_other_server() -> None:
    server = make_server("orders")
    make_scope(server, "orders:read")
    make_rule(make_policy(server))
    assert ask_elsewhere(enrol("*:**"), "orders", "orders:read") == 400


def test_r9_a_token_policy_doesnt_replace_the_policies_of_another_server() -> None:
    server = make_server("orders")
    make_scope(server, "orders:read")
    client, secret = make_client_and_secret(
        "service", grant_types=["client_credentials"], token_policy=make_token_policy()
    )
    assert ask_elsewhere(Caller(client, secret), "orders", "orders:read") == 401
    make_rule(make_policy(server))
    assert ask_elsewhere(Caller(client, secret), "orders", "orders:read") == 200


def test_r19_tokens_of_other_servers_are_no_configuration_tokens() -> None:
    server = make_server("orders", access_token_format="opaque")
    make_scope(server, "x")
    make_rule(make_policy(server))
    client, secret = make_client_and_secret("service", grant_types=["client_credentials"])
    caller = Caller(client, secret)
    answer = Http().post(
        "/oauth2/orders/v1/token",
        form_of(GRANT | {"scope": "x"}),
        FORM,
        HTTP_AUTHORIZATION=caller.basic,
    )
    caller.token = answer.json()["access_token"]
    refused = caller.get("clients")
    assert refused.status_code == 403 and "invalid_token" in refused["WWW-Authenticate"]


@pytest.mark.parametrize("grant_type", ["authorization_code", "refresh_token", "password"])
def test_r19_there_is_no_other_grant(grant_type: str) -> None:
    answer = enrol("*:**").login("token", {"grant_type": grant_type, "code": "x"})
    assert answer.status_code == 400
    assert answer.json()["error"] in {"unauthorized_client", "unsupported_grant_type"}


def test_r19_lifetimes_are_those_of_the_token_policy_and_there_is_no_refresh_token() -> None:
    members = enrol(".:**", access_token_lifetime=60).ask(".:** offline_access").json()
    assert members["expires_in"] == 60
    assert sorted(members) == ["access_token", "expires_in", "scope", "token_type"]


def test_r19_a_policy_may_ask_for_jwts_and_they_work_and_die_alike() -> None:
    caller = enrol(".:**", use_access_jwt=True)
    assert caller.token.count(".") == 2
    assert caller.get("clients").status_code == 200
    assert caller.introspect()["active"] is True
    assert caller.login("token/revoke", {"token": caller.token}).status_code == 200
    assert caller.get("clients").status_code == 403
    fresh = caller.with_token(".:**")
    Client.objects.filter(pk=caller.client.pk).update(status="INACTIVE")
    assert fresh.get("clients").status_code == 403


def test_a_revoked_token_is_dead_at_once() -> None:
    caller = enrol("*:**")
    answer = caller.login("token/revoke", {"token": caller.token})
    assert (answer.status_code, answer.content) == (200, b"")
    assert caller.get("clients").status_code == 403
    assert caller.introspect() == {"active": False}


def test_r4a_another_client_hears_nothing_of_a_token(admin: Caller, spare: Caller) -> None:
    assert spare.introspect(admin.token) == {"active": False}
    spare.login("token/revoke", {"token": admin.token})
    assert admin.get("clients").status_code == 200


def test_r15_the_organisations_server_deactivated_ends_everything(admin: Caller) -> None:
    deactivate_server(actor=TESTER, server_id="org")
    assert admin.get("clients").status_code == 403
    assert admin.ask(".:**").status_code == 404


@pytest.mark.parametrize(
    ("scheme", "status"),
    [("Bearer", 200), ("bearer", 200), ("BEARER", 200), ("Digest", 403), ("DPoP", 403), ("", 403)],
)
def test_row_256_only_a_bearer_token_counts(admin: Caller, scheme: str, status: int) -> None:
    header = f"{scheme} {admin.token}"
    assert admin.get("clients", HTTP_AUTHORIZATION=header).status_code == status


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "a.b.c",
        "azat_" + "x" * 49,
        "azrt_" + "x" * 80,
        "\u00e9",
        "x" * 20000,
        "..",
        "x y",
        "eyJhbGciOiJub25lIn0.eyJqdGkiOiJBVC54In0.",
    ],
)
def test_row_256_every_other_token_gets_the_same_answer(admin: Caller, token: str) -> None:
    refused = admin.get("clients", HTTP_AUTHORIZATION=f"Bearer {token}")
    assert (refused.status_code, refused.json()) == (403, {"errors": "Forbidden"})
    assert refused["WWW-Authenticate"] == 'Bearer realm="authzsite",error="invalid_token"'
    assert "X-Request-Reference" in refused


def test_row_256_a_token_in_the_url_doesnt_count(admin: Caller) -> None:
    path = f"clients/{admin.client.client_id}?access_token={admin.token}"
    assert admin.get(path, HTTP_AUTHORIZATION="").status_code == 403


def test_the_discovery_document_says_what_there_is_and_all_of_it_answers() -> None:
    document = Http().get("/org/login/.well-known/openid-configuration").json()
    issuer = "http://localhost:8000/org/login"
    assert document["issuer"] == issuer
    assert Http().head("/org/login/.well-known/openid-configuration").status_code == 200
    assert document["grant_types_supported"] == ["client_credentials"]
    for name in ("token", "introspection", "revocation"):
        path = document[f"{name}_endpoint"].removeprefix("http://localhost:8000")
        assert Http().get(path).status_code == 405, path
    keys = Http().get(document["jwks_uri"].removeprefix("http://localhost:8000"))
    assert len(keys.json()["keys"]) == 2
    assert "d" not in keys.json()["keys"][0]


def test_another_organisation_has_no_token_endpoint(admin: Caller) -> None:
    answer = Http().post("/acme/login/token", form_of(GRANT), FORM, HTTP_AUTHORIZATION=admin.basic)
    assert answer.status_code == 404
