"""Clients: what is stored, what is refused, what revokes (R5, R15, R16, R24)."""

from typing import Any

import pytest

from apps.clients.models import Client
from apps.clients.services import (
    activate_client,
    create_client,
    deactivate_client,
    delete_client,
    update_client,
)
from authzsite.domain.validation import InvalidError
from tests.clients.keys import EC_KEY, jwks_of
from tests.factories import (
    REDIRECT_URI,
    TESTER,
    make_client,
    make_client_and_secret,
    make_token_policy,
)
from tests.logbook import changes, events, everything, jobs, mark

pytestmark = pytest.mark.django_db
OTHER_URI = "https://app.example.com/other"


def refused(**fields: Any) -> set[str]:
    """The fields for which a creation is refused."""
    with pytest.raises(InvalidError) as error:
        make_client(**fields)
    assert not Client.objects.exists()
    return {problem.field for problem in error.value.problems}


@pytest.mark.parametrize(
    ("kind", "grants", "method", "rotation"),
    [
        ("web", ["authorization_code"], "client_secret_basic", "STATIC"),
        ("native", ["authorization_code"], "client_secret_basic", "STATIC"),
        ("browser", ["authorization_code"], "none", "ROTATE"),
        ("service", ["client_credentials"], "client_secret_basic", "STATIC"),
        ("config", ["client_credentials"], "client_secret_basic", "STATIC"),
    ],
)
def test_r5_each_type_has_its_defaults(
    kind: str, grants: list[str], method: str, rotation: str
) -> None:
    extra: Any = {"token_policy": make_token_policy()} if kind == "config" else {}
    uris = [REDIRECT_URI] if "authorization_code" in grants else []

    client, secret = create_client(
        actor=TESTER, type=kind, name="A client", redirect_uris=uris, **extra
    )

    assert (client.grant_types, client.token_endpoint_auth_method) == (grants, method)
    assert (client.rotation_type, client.leeway) == (rotation, 30)
    assert (client.pkce_required, client.consent_method) == (True, "TRUSTED")
    assert client.response_types == (["code"] if uris else [])
    assert (secret is None) == (method == "none")
    assert client.client_id == client.pk


def test_r24_creation_is_logged_without_the_secret() -> None:
    client, secret = make_client_and_secret("web")

    assert events() == [
        "application.lifecycle.create",
        "app.oauth2.client.lifecycle.create",
        "app.oauth2.credentials.lifecycle.create",
    ]
    assert changes("application.lifecycle.create")["redirect_uris"] == (None, [REDIRECT_URI])
    assert secret not in everything()
    assert client.secrets.get().digest not in everything()


def test_a_client_id_may_be_chosen_once() -> None:
    assert make_client(client_id="my-first.client").client_id == "my-first.client"

    with pytest.raises(InvalidError) as error:
        make_client(client_id="my-first.client")
    assert error.value.problems[0].field == "client_id"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"type": "robot"}, "type"),
        ({"name": ""}, "name"),
        ({"client_id": "short"}, "client_id"),
        ({"client_id": "has space"}, "client_id"),
        ({"grant_types": []}, "grant_types"),
        ({"grant_types": ["refresh_token"]}, "grant_types"),
        ({"grant_types": ["authorization_code", "implicit"]}, "grant_types"),
        ({"grant_types": ["authorization_code", "password"]}, "grant_types"),
        ({"grant_types": ["authorization_code", "authorization_code"]}, "grant_types"),
        ({"grant_types": "authorization_code"}, "grant_types"),
        ({"grant_types": ["client_credentials"]}, "grant_types"),
        ({"type": "native", "grant_types": ["client_credentials"]}, "grant_types"),
        ({"type": "service", "grant_types": ["authorization_code"]}, "grant_types"),
        ({"type": "config", "grant_types": ["authorization_code"]}, "grant_types"),
        ({"type": "config", "token_policy": None}, "token_policy"),
        ({"response_types": ["id_token"]}, "response_types"),
        ({"response_types": []}, "response_types"),
        ({"response_types": ["code", "token"]}, "response_types"),
        ({"redirect_uris": []}, "redirect_uris"),
        ({"redirect_uris": ["https://*.example.com/"]}, "redirect_uris"),
        ({"redirect_uris": ["https://app.example.com/#x"]}, "redirect_uris"),
        ({"redirect_uris": ["com.example.app:/callback"]}, "redirect_uris"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "redirect_uris"),
        ({"post_logout_redirect_uris": ["/relative"]}, "post_logout_redirect_uris"),
        ({"token_endpoint_auth_method": "client_secret_jwt"}, "token_endpoint_auth_method"),
        ({"type": "service", "token_endpoint_auth_method": "none"}, "token_endpoint_auth_method"),
        (
            {"type": "browser", "token_endpoint_auth_method": "client_secret_basic"},
            "token_endpoint_auth_method",
        ),
        ({"type": "browser", "pkce_required": False}, "pkce_required"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "jwks"),
        ({"jwks": jwks_of(EC_KEY), "jwks_uri": "https://app.example.com/jwks"}, "jwks_uri"),
        ({"jwks_uri": "http://app.example.com/jwks"}, "jwks_uri"),
        ({"leeway": 61}, "leeway"),
        ({"leeway": True}, "leeway"),
        ({"rotation_type": "SOMETIMES"}, "rotation_type"),
        ({"consent_method": "NEVER"}, "consent_method"),
        ({"allowed_origins": ["https://app.example.com/path"]}, "allowed_origins"),
        ({"allowed_origins": ["*"]}, "allowed_origins"),
        ({"logo_uri": "javascript:alert(1)"}, "logo_uri"),
        ({"logo_uri": None}, "logo_uri"),
        ({"pkce_required": "no"}, "pkce_required"),
    ],
)
def test_r5_it_refuses_what_no_client_of_the_type_can_be(
    fields: dict[str, Any], field: str
) -> None:
    assert field in refused(**fields)


def test_what_okta_tools_send_for_a_service_is_accepted() -> None:
    assert make_client("service", response_types=["token"]).response_types == ["token"]


def test_native_clients_may_have_a_scheme_of_their_own() -> None:
    uri = "com.example.app:/callback"

    assert make_client("native", redirect_uris=[uri]).redirect_uris == [uri]


@pytest.mark.parametrize(
    "fields",
    [
        {"grant_types": ["authorization_code"]},
        {"redirect_uris": [REDIRECT_URI, OTHER_URI]},
        {"token_endpoint_auth_method": "client_secret_post"},
        {"token_endpoint_auth_method": "private_key_jwt", "jwks": jwks_of(EC_KEY)},
        {"jwks_uri": "https://app.example.com/jwks"},
    ],
)
def test_r15_a_change_of_what_tokens_stand_on_ends_them(fields: dict[str, Any]) -> None:
    client = make_client()

    changed = update_client(actor=TESTER, client=client, **fields)

    assert changed.epoch == client.epoch + 1
    assert jobs() == [("client", "application.lifecycle.update")]


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "Another name"},
        {"logo_uri": "https://app.example.com/logo.png"},
        {"consent_method": "REQUIRED"},
        {"leeway": 0},
        {"rotation_type": "ROTATE"},
        {"post_logout_redirect_uris": [OTHER_URI]},
        {"allowed_origins": ["https://app.example.com"]},
        {"grant_types": ["refresh_token", "authorization_code"]},
    ],
)
def test_r15_any_other_change_ends_nothing(fields: dict[str, Any]) -> None:
    client = make_client()
    client.refresh_from_db()

    changed = update_client(actor=TESTER, client=client, **fields)

    assert (changed.epoch, changed.version) == (client.epoch, client.version + 1)
    assert jobs() == []


def test_an_update_that_changes_nothing_writes_nothing() -> None:
    client = make_client()
    start, before = mark(), Client.objects.values().get(pk=client.pk)

    update_client(actor=TESTER, client=client, name=client.name, leeway=30)

    assert events(since=start) == []
    assert Client.objects.values().get(pk=client.pk) == before


def test_r24_an_update_logs_each_field_before_and_after() -> None:
    client, start = make_client(name="Before"), mark()

    update_client(actor=TESTER, client=client, name="After", leeway=5)

    assert events(since=start) == [
        "application.lifecycle.update",
        "app.oauth2.client.lifecycle.update",
    ]
    logged = changes("application.lifecycle.update")
    assert logged == {"name": ("Before", "After"), "leeway": (30, 5)}


def test_a_refused_update_leaves_no_trace() -> None:
    client, start = make_client(), mark()

    with pytest.raises(InvalidError):
        update_client(actor=TESTER, client=client, redirect_uris=[])

    client.refresh_from_db()
    assert client.redirect_uris == [REDIRECT_URI]
    assert (events(since=start), jobs()) == ([], [])


def test_a_client_that_becomes_public_loses_its_secrets() -> None:
    client = make_client("native")

    update_client(actor=TESTER, client=client, token_endpoint_auth_method="none")

    assert not client.secrets.exists()
    assert events()[-1] == "app.oauth2.credentials.lifecycle.delete"


def test_r16_a_client_that_comes_back_keeps_the_raised_epoch() -> None:
    client = make_client()

    stopped = deactivate_client(actor=TESTER, client=client)
    again = activate_client(actor=TESTER, client=stopped)

    assert (stopped.status, again.status) == ("INACTIVE", "ACTIVE")
    assert stopped.epoch == again.epoch == client.epoch + 1
    assert jobs() == [("client", "application.lifecycle.deactivate")]


def test_deactivating_twice_is_deactivating_once() -> None:
    client, start = deactivate_client(actor=TESTER, client=make_client()), mark()

    assert deactivate_client(actor=TESTER, client=client).epoch == client.epoch
    assert events(since=start) == []


def test_r15_deleting_a_client_removes_its_secrets_and_ends_its_tokens() -> None:
    client = make_client()

    delete_client(actor=TESTER, client=client)

    assert not Client.objects.exists()
    assert jobs() == [("client", "application.lifecycle.delete")]
    assert events()[-2:] == ["application.lifecycle.delete", "app.oauth2.client.lifecycle.delete"]
